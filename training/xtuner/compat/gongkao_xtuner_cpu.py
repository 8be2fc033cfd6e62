"""Lets XTuner 0.2.0 train without a GPU; a config imports its model class from here, which is the hook.

``xtuner.model.sft`` asks ``torch.cpu.is_bf16_supported()``, which torch does not have.
"""

import torch
from xtuner.model import SupervisedFinetune

__all__ = ["SupervisedFinetune"]

if not torch.cuda.is_available() and not hasattr(torch.cpu, "is_bf16_supported"):
    torch.cpu.is_bf16_supported = lambda *_, **__: False
