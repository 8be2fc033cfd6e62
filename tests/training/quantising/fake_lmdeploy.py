"""An interpreter whose LMDeploy and torch are those in ``engine/``, and a model folder for it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.training.weights import safetensors

ENGINE = Path(__file__).with_name("engine")
CONFIG = {
    "model_type": "qwen3",
    "architectures": ["Qwen3ForCausalLM"],
    "torch_dtype": "float32",
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_attention_heads": 4,
    "head_dim": 64,
    "num_hidden_layers": 2,
    "max_position_embeddings": 4096,
}


def install(place: Path, does: str = "") -> Path:
    place.write_text(f'#!/bin/sh\nFAKE_AWQ="{does}" PYTHONPATH="{ENGINE}" exec "{sys.executable}" "$@"\n')
    place.chmod(0o755)
    return place


def model(folder: Path, **config: Any) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | config))
    (folder / "tokenizer_config.json").write_text('{"chat_template": "ours"}')
    (folder / "chat_template.jinja").write_text("ours")
    (folder / "generation_config.json").write_text('{"eos_token_id": [1, 2]}')
    (folder / "model.safetensors").write_bytes(safetensors(1000))
    return folder
