"""XTuner's merge, in another precision than its fixed float16, in which Qwen2.5 for one overflows.

``python -m gongkao_merge auto|bfloat16|float16|float32 BASE ADAPTER MODEL …``: auto is the base's own.
"""

import sys

import gongkao_precision
import torch
from transformers import AutoModelForCausalLM
from xtuner.tools.model_converters import merge


class _InPrecision:
    @staticmethod
    def from_pretrained(folder, **wanted):
        dtype = gongkao_precision.of(folder) if _NAME == "auto" else getattr(torch, _NAME)
        return AutoModelForCausalLM.from_pretrained(folder, **{**wanted, "torch_dtype": dtype})


if __name__ == "__main__":
    _NAME = sys.argv.pop(1)
    merge.AutoModelForCausalLM = _InPrecision
    merge.main()
