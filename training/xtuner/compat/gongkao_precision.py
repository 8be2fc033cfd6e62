"""The precision of a model folder."""

import json
from pathlib import Path

import torch


def of(folder):
    """``torch.bfloat16`` and so on, as its config.json says; bfloat16 where it says nothing."""
    config = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
    # transformers 4.56 renamed the key.
    return getattr(torch, config.get("dtype") or config.get("torch_dtype") or "bfloat16")
