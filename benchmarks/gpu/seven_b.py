"""A model folder of Qwen2.5-7B's shape with random weights: its speed is a real one's, what it says is nothing.

    python -m benchmarks.gpu.seven_b OUT [--awq] [--layers 28]

Needs a GPU, PyTorch and transformers; 15 GB in bf16, 5.6 GB with --awq. Tokenizer and questions are those of
``tiny_model.py``. The output layer can only choose tokens that are text by themselves, so a reply is never empty and
always as long as it may be.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import PreTrainedTokenizerFast, Qwen2Config

from benchmarks.gpu.tiny_model import pairs, tokenizer_for

HIDDEN, INNER, HEADS, KV_HEADS, VOCABULARY = 3584, 18944, 28, 4, 152_064
KV = HIDDEN // HEADS * KV_HEADS
GROUP = 128
LINEARS = {
    "self_attn.q_proj": (HIDDEN, HIDDEN),
    "self_attn.k_proj": (KV, HIDDEN),
    "self_attn.v_proj": (KV, HIDDEN),
    "self_attn.o_proj": (HIDDEN, HIDDEN),
    "mlp.gate_proj": (INNER, HIDDEN),
    "mlp.up_proj": (INNER, HIDDEN),
    "mlp.down_proj": (HIDDEN, INNER),
}
"""Output and input width."""
STD = 0.02


def normal(*shape: int, dtype: torch.dtype) -> torch.Tensor:
    return (torch.randn(*shape, device="cuda") * STD).to(dtype).cpu()


def four_bit(out: int, into: int) -> dict[str, torch.Tensor]:
    """As AutoAWQ's gemm version packs it: eight values an int32, along the outputs; the zero point is 8."""
    numbers = torch.randint(-(2**31), 2**31 - 1, (into, out // 8), dtype=torch.int32, device="cuda").cpu()
    zeros = torch.full((into // GROUP, out // 8), -0x77777778, dtype=torch.int32)
    scales = torch.full((into // GROUP, out), STD / 4.6, dtype=torch.float16)
    return {"qweight": numbers, "qzeros": zeros, "scales": scales}


def layer(at: int, dtype: torch.dtype, *, awq: bool) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for name, (out, into) in LINEARS.items():
        parts = four_bit(out, into) if awq else {"weight": normal(out, into, dtype=dtype)}
        if name.endswith(("q_proj", "k_proj", "v_proj")):
            parts["bias"] = torch.zeros(out, dtype=dtype)
        found |= {f"{name}.{part}": tensor for part, tensor in parts.items()}
    for name in ("input_layernorm", "post_attention_layernorm"):
        found[f"{name}.weight"] = torch.ones(HIDDEN, dtype=dtype)
    return {f"model.layers.{at}.{name}": tensor for name, tensor in found.items()}


def shards(rows: list[int], layers: int, dtype: torch.dtype, *, awq: bool) -> Iterator[dict[str, torch.Tensor]]:
    yield {"model.embed_tokens.weight": normal(VOCABULARY, HIDDEN, dtype=dtype)}
    for at in range(layers):
        yield layer(at, dtype, awq=awq)
    head = torch.zeros(VOCABULARY, HIDDEN, dtype=dtype)
    head[rows] = normal(len(rows), HIDDEN, dtype=dtype)
    yield {"lm_head.weight": head, "model.norm.weight": torch.ones(HIDDEN, dtype=dtype)}


def texts(tokenizer: PreTrainedTokenizerFast) -> list[int]:
    """Ids of the tokens that are whole characters and no blanks."""
    special = set(tokenizer.all_special_ids) | {0, 1, 2}
    said = {at: tokenizer.decode([at]) for at in range(len(tokenizer)) if at not in special}
    return [at for at, text in said.items() if text.strip() and "\ufffd" not in text]


def describe(out: Path, layers: int, *, awq: bool) -> None:
    """config.json and generation_config.json."""
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=HIDDEN,
        intermediate_size=INNER,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS,
        max_position_embeddings=32768,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=0,
        tie_word_embeddings=False,
    ).to_dict()
    name = "float16" if awq else "bfloat16"
    config |= {"architectures": ["Qwen2ForCausalLM"], "dtype": name, "torch_dtype": name}
    if awq:
        config["quantization_config"] = {
            "quant_method": "awq",
            "bits": 4,
            "group_size": GROUP,
            "version": "gemm",
            "zero_point": True,
        }
    (out / "config.json").write_text(json.dumps(config, indent=1, default=str))
    (out / "generation_config.json").write_text(json.dumps({"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 0}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--awq", action="store_true")
    parser.add_argument("--layers", type=int, default=28)
    args = parser.parse_args()
    began = time.perf_counter()
    torch.manual_seed(0)
    args.out.mkdir(parents=True, exist_ok=True)
    taught = pairs(Path(__file__).parents[2] / "bot" / "starter_bank")
    tokenizer = tokenizer_for([question + answer for question, answer in taught])
    tokenizer.save_pretrained(args.out)
    with (args.out / "questions.jsonl").open("w", encoding="utf-8") as file:
        for question, answer in taught:
            file.write(json.dumps({"question": question, "answer": answer}, ensure_ascii=False) + "\n")
    dtype = torch.float16 if args.awq else torch.bfloat16
    count, weights, size = args.layers + 2, {}, 0
    for at, tensors in enumerate(shards(texts(tokenizer), args.layers, dtype, awq=args.awq), 1):
        shard = f"model-{at:05}-of-{count:05}.safetensors"
        save_file(tensors, args.out / shard, metadata={"format": "pt"})
        weights |= dict.fromkeys(tensors, shard)
        size += sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    index = {"metadata": {"total_size": size}, "weight_map": weights}
    (args.out / "model.safetensors.index.json").write_text(json.dumps(index))
    # Last: whoever finds it finds a whole folder.
    describe(args.out, args.layers, awq=args.awq)
    print(f"{args.out}: {size / 1e9:.1f} GB in {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
