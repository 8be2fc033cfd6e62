"""The tables of docs/deploy.md: which model fits on which GPU. Computed from published shapes; no GPU is asked.

python -m benchmarks.sizing_tables
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inference.serving.shapes import kv_bytes_per_token, published_bytes, shape_of
from inference.serving.sizing import Fit, fits_beside, need

GPUS_GIB = (12, 16, 24, 48, 80)
DRIVER_MIB = 400
"""What an idle card does not offer: 24 GB cards show 23.5 to 23.6 GiB free."""
SESSION_LEN = 8192
SHARE = 0.8


@dataclass(frozen=True)
class Model:
    title: str
    config: dict[str, Any]
    tp: int = 1


def qwen25(hidden: int, inner: int, layers: int, heads: int, kv_heads: int, *, awq: bool = False) -> dict[str, Any]:
    """The shape in ``config.json`` of a Qwen2.5 model of 7B and more."""
    sizes = {"hidden_size": hidden, "intermediate_size": inner, "num_hidden_layers": layers}
    heads_of = {"num_attention_heads": heads, "num_key_value_heads": kv_heads}
    quantised = {"quantization_config": {"quant_method": "awq"}} if awq else {}
    return {"model_type": "qwen2", "vocab_size": 152_064, **sizes, **heads_of, **quantised}


INTERNLM2 = {
    "model_type": "internlm2",
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "vocab_size": 92_544,
}
MODELS = (
    Model("Qwen2.5-7B-Instruct", qwen25(3584, 18_944, 28, 28, 4)),
    Model("Qwen2.5-7B-Instruct，AWQ 4 比特", qwen25(3584, 18_944, 28, 28, 4, awq=True)),
    Model("InternLM2-1.8B", INTERNLM2),
    Model("Qwen2.5-14B-Instruct，AWQ 4 比特", qwen25(5120, 13_824, 48, 40, 8, awq=True)),
    Model("Qwen2.5-32B-Instruct，两块显卡（tp = 2）", qwen25(5120, 27_648, 64, 40, 8), tp=2),
    Model("Qwen2.5-32B-Instruct，AWQ 4 比特，两块显卡（tp = 2）", qwen25(5120, 27_648, 64, 40, 8, awq=True), tp=2),
)


def table(model: Model) -> list[str]:
    shape = shape_of(model.config)
    one = need(model.config, session_len=SESSION_LEN, tp=model.tp)
    small = need(model.config, session_len=SESSION_LEN, tp=model.tp, kv_bits=8)
    each = "，平分到每块" if model.tp > 1 else ""
    lines = [
        f"**{model.title}**（计算值，未实测）",
        "",
        f"形状：hidden_size {shape.hidden}，intermediate_size {shape.inner}，{shape.layers} 层，"
        f"{shape.heads} 个头，{shape.kv_heads} 个 KV 头，head_dim {shape.head_dim}，vocab_size {shape.vocabulary}。"
        f"权重 {published_bytes(model.config) / 2**30:.1f} GiB{each}；"
        f"每个 token 的缓存 {kv_bytes_per_token(shape) / 1024:.0f} KiB"
        f"（kv_bits = 8 时 {kv_bytes_per_token(shape, kv_bits=8) / 1024:.0f} KiB）{each}。",
        "",
        "| 每块显存 | cache_share | 缓存 token | 8192 的对话 | 2048 的对话 | kv_bits = 8 时缓存 token | 换模型不停 |",
        "|---|---|---|---|---|---|---|",
    ]
    for gib in GPUS_GIB:
        free = gib * 1024 - DRIVER_MIB
        fit, less = one.on(free, SHARE), small.on(free, SHARE)
        both = fits_beside(free, one, one, SHARE)
        told = (
            "放不下" if both is None else f"可以：cache_share = {both.first.share:.2f}，新旧各约 {_about(both.second)}"
        )
        cells = [f"{gib} GB", *_cells(fit), f"{less.tokens:,}" if less else "放不下", told]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _cells(fit: Fit | None) -> list[str]:
    if fit is None:
        return ["—", "放不下", "0", "0"]
    return [f"{fit.share:g}", f"{fit.tokens:,}", f"{fit.sessions(8192):,}", f"{fit.sessions(2048):,}"]


def _about(fit: Fit) -> str:
    return f"{fit.tokens // 1000 * 1000:,} token"


def main() -> None:
    for model in MODELS:
        print("\n".join(table(model)))


if __name__ == "__main__":
    main()
