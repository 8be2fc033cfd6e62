"""How much GPU memory and time a training takes, computed from published formulas; nothing here was measured.

Memory: 16 bytes a trained parameter for Adam (Rajbhandari et al. 2020, ZeRO),
4.13 bits a frozen one in doubly quantised NF4 (Dettmers et al. 2023, QLoRA),
``sbh`` bytes of activations a layer with recomputation (Korthikanti et al. 2022).
Time: 2 floating point operations a parameter and token forwards (Kaplan et al.
2020), once more for recomputation, as many for the gradient of the activations,
and for whole-model training as many for that of the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.xtuner.settings import XtunerSettings

_ADAM = {"PagedAdamW32bit": 8, "AdamW": 8, "PagedAdamW8bit": 2}
_CONTEXT_GB = 1.2
"""CUDA itself and the libraries."""
_FRAGMENTS = 1.1
_LAYER_BYTES = 34
"""A token and hidden unit in the one layer whose activations are there (Korthikanti), attention done in blocks."""
_LOGIT_BYTES = 12
"""A token and word: the logits in half and in full precision, and their gradients."""
_USED = 0.35
"""Part of the card's peak that training reaches in half precision."""
_UNPACKING = 0.7
"""What 4-bit weights leave of that speed."""
# Dense half precision, in TFLOP/s, from the makers' data sheets; a longer name before one that it holds.
_PEAKS = (
    ("H200", 989.0),
    ("H100", 989.0),
    ("H800", 989.0),
    ("H20", 148.0),
    ("A100", 312.0),
    ("A800", 312.0),
    ("A10", 125.0),
    ("A30", 165.0),
    ("L40", 181.0),
    ("L4", 121.0),
    ("4090", 165.0),
    ("3090", 71.0),
    ("V100", 125.0),
    ("T4", 65.0),
)
_UNKNOWN_CARD = 70.0


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a base model."""

    hidden: int
    layers: int
    words: int
    """Vocabulary."""
    linear: int
    """Parameters of the layers' matrices: those that are quantised and get adapters."""
    sides: int
    """Sum over these matrices of rows and columns: parameters of the adapters for each of their ranks."""
    rest: int
    """Embeddings, output layer and norms."""

    @property
    def parameters(self) -> int:
        return self.linear + self.rest


@dataclass(frozen=True, slots=True)
class Estimate:
    """Computed, not measured."""

    gpu_gb: float
    """On each card, at most."""
    parts_gb: Mapping[str, float]
    """What it consists of: weights, training, activations, context."""
    seconds: float
    """Of the training alone; loading the base comes on top."""
    trained_parameters: int
    card: str
    """Whose speed was taken."""

    def sentence(self) -> str:
        """For people."""
        minutes = max(1, round(self.seconds / 60))
        time = f"{minutes} 分钟" if minutes < 120 else f"{minutes / 60:.1f} 小时"
        return f"按公式估算（没有实测）：每张卡显存约 {self.gpu_gb:.0f} GB，在{self.card}上约 {time}。"


def shape_of(config: Mapping[str, Any]) -> Shape:
    """From a base's ``config.json``.

    Raises:
        KeyError: it does not say how large the model is.
    """
    hidden, layers, words = (int(config[key]) for key in ("hidden_size", "num_hidden_layers", "vocab_size"))
    heads = int(config["num_attention_heads"])
    wide = int(config.get("head_dim") or hidden // heads)
    narrow = int(config.get("num_key_value_heads") or heads) * wide
    experts = int(config.get("num_experts") or 1)
    inner = int((config.get("moe_intermediate_size") if experts > 1 else None) or config["intermediate_size"])
    attention = [(hidden, heads * wide), (hidden, narrow), (hidden, narrow), (heads * wide, hidden)]
    matrices = attention + [(hidden, inner)] * 3 * experts
    embeddings = words * hidden * (1 if config.get("tie_word_embeddings") else 2)
    return Shape(
        hidden=hidden,
        layers=layers,
        words=words,
        linear=layers * sum(rows * columns for rows, columns in matrices),
        sides=layers * sum(rows + columns for rows, columns in matrices),
        rest=embeddings + (2 * layers + 1) * hidden,
    )


def parameters_of(config: Mapping[str, Any]) -> int:
    """Of the base with this ``config.json``; 0 when it does not say how large it is."""
    try:
        return shape_of(config).parameters
    except (KeyError, ValueError, TypeError):
        return 0


def estimate(
    shape: Shape, settings: XtunerSettings, *, rows: int, tokens_per_row: float, steps: int, card: str = ""
) -> Estimate:
    """For *rows* conversations; *card* is what ``nvidia-smi`` calls it.

    A batch is padded to its longest conversation, so that memory is reckoned
    with ``max_length`` or four times the mean, whichever is less.
    """
    trained = shape.parameters if settings.mode == "full" else settings.lora_r * shape.sides
    length = settings.max_length
    if not settings.pack_to_max_length:
        length = min(length, round(4 * tokens_per_row) or length)
    parts = {
        "weights": _frozen_bytes(shape, settings) / 1e9,
        "training": trained * (8 + _ADAM[settings.optimizer]) / 1e9 / _shared(settings),
        "activations": _activation_bytes(shape, settings.batch_size * length) / 1e9,
        "context": _CONTEXT_GB,
    }
    name, peak = next(((name, peak) for name, peak in _PEAKS if name in card), (card or "一般显卡", _UNKNOWN_CARD))
    speed = peak * 1e12 * _USED * (_UNPACKING if settings.mode == "qlora" else 1) * settings.devices
    passes = 8 if settings.mode == "full" else 6
    seen = steps * settings.batch_size * settings.devices * min(tokens_per_row, settings.max_length)
    if settings.pack_to_max_length and not settings.max_iters:
        seen = rows * settings.max_epochs * tokens_per_row
    seconds = seen * (passes * shape.parameters + 6 * (trained if settings.mode != "full" else 0)) / speed
    return Estimate(sum(parts.values()) * _FRAGMENTS, parts, seconds, trained, name)


def _frozen_bytes(shape: Shape, settings: XtunerSettings) -> float:
    match settings.mode:
        case "full":
            # They are trained, so they are counted there.
            return 0
        case "lora":
            # peft turns whatever is not quantised into float32.
            return 4 * shape.parameters
        case "qlora":
            bits = 4.127 if settings.double_quant else 4.5
            return shape.linear * bits / 8 + 4 * shape.rest


def _activation_bytes(shape: Shape, tokens: int) -> float:
    kept = 4 * shape.layers * shape.hidden
    return tokens * (kept + _LAYER_BYTES * shape.hidden + _LOGIT_BYTES * shape.words)


def _shared(settings: XtunerSettings) -> float:
    """By how much DeepSpeed divides what is trained among the cards; roughly, as stage 1 and 2 divide parts of it."""
    return {"": 1, "deepspeed_zero1": 2, "deepspeed_zero2": 3, "deepspeed_zero3": 4}[settings.deepspeed] ** (
        settings.devices > 1
    )
