"""Qwen2 models that real engines load, so small that they are written here: each has one answer to everything."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np

from inference.chat_template import QWEN

_MARKS = (*QWEN.stop_words, QWEN.before_role)
_SIZE = 320
"""Of the vocabulary, and of the hidden state: a token is a place of its own in it."""
_NARROW = 64


def parrot(folder: Path, answer: str) -> Path:
    """Write a model into *folder* that says *answer*, whose bytes must all differ: each one calls for the next."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = [*_MARKS, *_byte_letters()]
    number = {token: at for at, token in enumerate(tokens)}
    letters = _byte_letters()
    said = [number[letters[byte]] for byte in answer.encode()]
    assert len(set(said)) == len(said), "a byte that comes twice would have two successors"
    # The newline ends the header of an answer.
    chain = [number[letters[ord("\n")]], *said, number[QWEN.end]]
    end, pad = (number[mark] for mark in QWEN.stop_words)
    _write(folder / "tokenizer.json", _tokenizer(number))
    _write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "Qwen2Tokenizer",
            "eos_token": QWEN.stop_words[0],
            "pad_token": QWEN.stop_words[1],
            "unk_token": QWEN.stop_words[1],
            "bos_token": None,
            "add_prefix_space": False,
            "clean_up_tokenization_spaces": False,
            "chat_template": QWEN.jinja(),
        },
    )
    _write(
        folder / "config.json",
        {
            "architectures": ["Qwen2ForCausalLM"],
            "model_type": "qwen2",
            "vocab_size": _SIZE,
            "hidden_size": _SIZE,
            "intermediate_size": _NARROW,
            "num_hidden_layers": 1,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "max_position_embeddings": 2048,
            "tie_word_embeddings": False,
            "eos_token_id": end,
            "pad_token_id": pad,
            "torch_dtype": "float32",
        },
    )
    _write(folder / "generation_config.json", {"eos_token_id": end, "pad_token_id": pad})
    (folder / "model.safetensors").write_bytes(_safetensors(_weights(chain)))
    return folder


def _weights(chain: list[int]) -> dict[str, np.ndarray]:
    """Of one layer that leaves the hidden state as it is, so that the last token alone tells the next one."""
    wide, up, down = (np.zeros(shape, np.float32) for shape in ((_SIZE, _SIZE), (_NARROW, _SIZE), (_SIZE, _NARROW)))
    flat = np.ones(_SIZE, np.float32)
    head = wide.copy()
    for token, after in pairwise(chain):
        head[after, token] = 1
    layer = "model.layers.0"
    attention = {f"{layer}.self_attn.{name}_proj.weight": wide for name in "qkvo"}
    biases = {f"{layer}.self_attn.{name}_proj.bias": np.zeros(_SIZE, np.float32) for name in "qkv"}
    return {
        "model.embed_tokens.weight": np.eye(_SIZE, dtype=np.float32),
        **attention,
        **biases,
        f"{layer}.mlp.gate_proj.weight": up,
        f"{layer}.mlp.up_proj.weight": up,
        f"{layer}.mlp.down_proj.weight": down,
        f"{layer}.input_layernorm.weight": flat,
        f"{layer}.post_attention_layernorm.weight": flat,
        "model.norm.weight": flat,
        "lm_head.weight": head,
    }


def _safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    head: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, tensor in tensors.items():
        head[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [at, at + tensor.nbytes]}
        at += tensor.nbytes
    told = json.dumps(head).encode()
    return b"".join((len(told).to_bytes(8, "little"), told, *(tensor.tobytes() for tensor in tensors.values())))


def _byte_letters() -> list[str]:
    """The letter that stands for each byte in a byte-level vocabulary; what cannot be seen has one from 256 on."""
    seen = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    unseen = iter(range(256, 512))
    return [chr(byte) if byte in seen else chr(next(unseen)) for byte in range(256)]


def _tokenizer(number: dict[str, int]) -> dict[str, object]:
    """One token a byte, and the marks."""
    by_byte = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": number[mark], "content": mark, **plain} for mark in _MARKS],
        "normalizer": None,
        "pre_tokenizer": by_byte,
        "post_processor": None,
        "decoder": by_byte,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": number,
            "merges": [],
        },
    }


def _write(file: Path, told: object) -> None:
    file.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
