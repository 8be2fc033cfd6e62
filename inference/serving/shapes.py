"""How many bytes a model of a published shape takes on a GPU; everything follows from its ``config.json``.

Sources, all read on 2026-11-26: LMDeploy 0.18.0's Python files (the wheel) and
its C++ files (the newest that are stored publicly: 0.16.0, commit 1263d5cd).

- KV cache: ``docs/en/inference/turbomind_config.md``, "k/v cache size"; with 8 or 4 bits a scale and a zero
  of 2 bytes each come with every head and token (``token_param_size`` in ``kernels/attention/block.h``).
- Workspace: sizes in ``models/language_model.cc``, ``models/llama/unified_attention_layer.cc``,
  ``models/llama/LlamaFfnLayer.cc`` and ``generation/generation.cc``.
- 4-bit weights: AWQ's own layout: 4 bits a weight, and for each 128 of them a scale of 16 and a zero of 4 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, cast

GROUP = 128
"""Weights that share a scale."""
FORWARD_TOKENS = 8192
"""Tokens of one pass at most, besides one for each running request: ``max_prefill_token_num``."""
DEFAULT_BATCH = 128
"""Requests at the same time, on cards that :func:`engine_batch` does not know."""
_SPLIT_TOKENS = 4096
"""``kMaxWorkspaceTokens``: rows of partial attention, in float32."""
_BATCHES = (("a100", 384), ("a800", 384), ("h100", 1024), ("h800", 1024), ("l20y", 1024), ("h200", 1024))


class UnknownShape(Exception):
    """The config does not say how large the model is, or its layers are of a kind that is not reckoned here."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a decoder."""

    hidden: int
    layers: int
    cached_layers: int
    """Those that keep keys and values; fewer where some layers have a recurrent state instead."""
    heads: int
    kv_heads: int
    head_dim: int
    inner: int
    """Width of a feed-forward layer; with experts that of all that work on a token."""
    vocabulary: int
    tied: bool
    """Embeddings and output layer are stored once."""


def shape_of(config: Mapping[str, Any]) -> Shape:
    """From ``config.json``; that of the language part where there are others.

    Raises:
        UnknownShape: it does not say, or keeps compressed keys (MLA, as DeepSeek does).
    """
    nested = config.get("text_config") or config.get("llm_config") or config
    part = cast("Mapping[str, Any]", nested)
    if part.get("kv_lora_rank"):
        raise UnknownShape("MLA")
    try:
        hidden, layers, words = (int(part[key]) for key in ("hidden_size", "num_hidden_layers", "vocab_size"))
        heads = int(part["num_attention_heads"])
        kv_heads = int(part.get("num_key_value_heads") or heads)
        head_dim = int(part.get("head_dim") or hidden // heads)
        inner = _inner(part)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise UnknownShape(str(error)) from error
    if min(hidden, layers, words, heads, kv_heads, head_dim, inner) <= 0:
        raise UnknownShape("sizes must be positive")
    kinds = cast("list[str]", part.get("layer_types") or [])
    cached = sum(kind != "linear_attention" for kind in kinds) if len(kinds) == layers else layers
    tied = bool(part.get("tie_word_embeddings", config.get("tie_word_embeddings", False)))
    return Shape(hidden, layers, cached, heads, kv_heads, head_dim, inner, words, tied)


def _inner(part: Mapping[str, Any]) -> int:
    active = int(part.get("num_experts_per_tok") or 0)
    if not active:
        return int(part["intermediate_size"])
    one = int(part.get("moe_intermediate_size") or part["intermediate_size"])
    return active * one + int(part.get("shared_expert_intermediate_size") or 0)


def published_bytes(config: Mapping[str, Any]) -> int:
    """What the weights of a dense model take as stored, in half precision or 4 bits.

    Exact for Qwen2, Qwen2.5, Qwen3, InternLM2 and Llama; ``total_size`` of their index says the same.

    Raises:
        UnknownShape: see :func:`shape_of`; or the model has experts: then read its files.
    """
    if config.get("num_experts_per_tok"):
        raise UnknownShape("experts")
    shape = shape_of(config)
    family = str(config.get("model_type") or "")
    wide, narrow = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    linear = shape.hidden * (2 * wide + 2 * narrow + 3 * shape.inner)
    biases = wide + 2 * narrow if family == "qwen2" else 0
    norms = 2 * shape.hidden + (2 * shape.head_dim if family == "qwen3" else 0)
    ends = shape.vocabulary * shape.hidden * (1 if shape.tied else 2) + shape.hidden
    bits = 4 + (16 + 4) / GROUP if config.get("quantization_config") else 16
    return round(shape.layers * (linear * bits / 8 + 2 * (biases + norms)) + 2 * ends)


def second_embedding_bytes(shape: Shape) -> int:
    """What TurboMind adds to a model whose files hold embeddings and output layer once: it keeps each."""
    return 2 * shape.vocabulary * shape.hidden if shape.tied else 0


def kv_bytes_per_token(shape: Shape, *, kv_bits: int = 0, tp: int = 1) -> int:
    """On each of *tp* GPUs; *kv_bits* is 8, 4, or 0 for half precision.

    Heads of keys that *tp* does not divide are repeated until it does
    (``_repeat_kv_heads`` of ``turbomind/builders/attention.py``).
    """
    one = shape.head_dim * kv_bits // 8 + 4 if kv_bits else 2 * shape.head_dim
    return 2 * shape.cached_layers * ceil(shape.kv_heads / tp) * one


def workspace_bytes(shape: Shape, *, max_batch: int = DEFAULT_BATCH, session_len: int = 8192, tp: int = 1) -> int:
    """What the largest pass needs besides weights and cache, on each GPU; rather more than less, for plans.

    The cache is taken first, as a share of what is free, and this has to fit
    into the rest. Counted: input, residual, attention and both halves of the
    feed-forward layer in half precision; logits in half and three times in
    float32; partial attention; tokens of every session; a buffer to exchange
    rows between GPUs. Not counted: kernels' own workspaces and fragments.
    """
    rows = FORWARD_TOKENS + max_batch
    attention = (shape.heads + 2 * ceil(shape.kv_heads / tp) * tp) * shape.head_dim // tp
    layer = 2 * rows * (3 * shape.hidden + max(attention, 2 * shape.inner // tp))
    logits = max_batch * shape.vocabulary * (2 + 3 * 4)
    exchange = 2 * max(rows * shape.hidden, max_batch * shape.vocabulary) if tp > 1 else 0
    return layer + logits + _partial_bytes(shape, tp) + 4 * max_batch * session_len + exchange


def first_pass_bytes(shape: Shape, *, session_len: int = 8192, tp: int = 1) -> int:
    """What the longest trial run of a start surely needs, on each GPU: input, residual and one half of a layer.

    The trial runs (``WarmUp`` in ``turbomind.cc``) take one prompt each, no longer than a session.
    """
    rows = min(FORWARD_TOKENS, session_len)
    return 2 * rows * (2 * shape.hidden + shape.inner // tp) + _partial_bytes(shape, tp)


def _partial_bytes(shape: Shape, tp: int) -> int:
    return 4 * _SPLIT_TOKENS * (shape.heads // tp or 1) * shape.head_dim


def engine_batch(card: str) -> int:
    """Requests at the same time that LMDeploy takes on a *card* when nothing is said (``get_max_batch_size``)."""
    return next((size for name, size in _BATCHES if name in card.lower()), DEFAULT_BATCH)
