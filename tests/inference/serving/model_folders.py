"""Model folders as small as they can be: true heads, no weights worth the name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inference.chat_template import QWEN

# From the models' own config.json.
QWEN25_7B: dict[str, Any] = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "max_position_embeddings": 32768,
    "tie_word_embeddings": False,
    "bos_token_id": 151643,
    "eos_token_id": 151645,
}
INTERNLM2_18B: dict[str, Any] = {
    "architectures": ["InternLM2ForCausalLM"],
    "model_type": "internlm2",
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "vocab_size": 92544,
    "tie_word_embeddings": False,
}


def safetensors(file: Path, tensors: dict[str, tuple[str, int]]) -> None:
    """Write *tensors*, dtype and size in bytes each, as a sparse file: only the head takes disk."""
    head: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (dtype, size) in tensors.items():
        head[name] = {"dtype": dtype, "shape": [size], "data_offsets": [end, end + size]}
        end += size
    told = json.dumps(head).encode()
    with file.open("wb") as opened:
        opened.write(len(told).to_bytes(8, "little") + told)
        opened.truncate(8 + len(told) + end)


def put(folder: Path, name: str, told: object) -> None:
    (folder / name).write_text(json.dumps(told), encoding="utf-8")


def whole(folder: Path, **config: Any) -> Path:
    """A folder that can be served, of Qwen2.5-7B's shape; *config* changes its config.json."""
    folder.mkdir(exist_ok=True)
    put(folder, "config.json", QWEN25_7B | config)
    put(folder, "tokenizer.json", {"model": {}})
    put(folder, "tokenizer_config.json", {"chat_template": QWEN.jinja()})
    safetensors(folder / "model.safetensors", {"a": ("BF16", 15_231_233_024)})
    return folder
