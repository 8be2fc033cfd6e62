"""Quantise a model with LMDeploy 0.18 and texts of our own; run by LMDeploy's Python, never imported by ours.

``python gongkao_awq.py MODEL TEXTS WORK``: quantised weights and ``gongkao.json``, with what was
done, are in WORK when it exits with 0.
"""

# pyright: basic, reportMissingImports=false

import argparse
import importlib
import json
import sys
from pathlib import Path

GROUP = 128
LEAST = 64
"""Tokens; less text says nothing of a model."""


def main():
    asked = _arguments()
    import torch

    if not torch.cuda.is_available():
        sys.exit("gongkao: no_cuda")
    dtype = asked.dtype
    if dtype == "bfloat16" and not torch.cuda.is_bf16_supported():
        dtype = "float16"
    # By name: lmdeploy.lite.apis may hold functions called as its modules are.
    calibrate = importlib.import_module("lmdeploy.lite.apis.calibrate")
    auto_awq = importlib.import_module("lmdeploy.lite.apis.auto_awq").auto_awq
    if not hasattr(calibrate, "get_calib_loaders"):
        sys.exit("gongkao: other_lmdeploy")
    # Not splitlines: JSON leaves other line ends within a text as they are.
    texts = [json.loads(line) for line in Path(asked.texts).read_text(encoding="utf-8").split("\n") if line]
    told = {"dtype": dtype}

    def loaders(name, tokenizer, nsamples=128, seed=0, seqlen=2048):
        """In place of LMDeploy's, which download public data sets: ``nsamples`` tensors (1, seqlen), or fewer."""
        found = windows(texts, tokenizer, nsamples, seqlen)
        told.update(windows=len(found), window=len(found[0]))
        return [torch.tensor([window], dtype=torch.long) for window in found]

    setattr(calibrate, "get_calib_loaders", loaders)  # noqa: B010 - a module has no such name for the checker
    auto_awq(
        asked.model,
        work_dir=asked.work,
        # Only has to be a name that it knows.
        calib_dataset="wikitext2",
        calib_samples=asked.samples,
        calib_seqlen=asked.window,
        batch_size=asked.batch_size,
        w_bits=4,
        w_group_size=GROUP,
        search_scale=asked.search_scale,
        device="cuda",
        # Named: its own look at the config misses bfloat16 with newer versions of transformers.
        dtype=dtype,
        trust_remote_code=asked.trust_code,
    )
    (Path(asked.work) / "gongkao.json").write_text(json.dumps(told), encoding="utf-8")


def windows(texts, tokenizer, count, length):
    """At most *count* lists of equally many tokens: *length*, or fewer when all texts together have no more.

    Texts are short beside a window: one follows the other, as in packed training.
    """
    tokens = []
    for text in texts:
        # The texts are rendered: whatever begins one is written in it.
        tokens += tokenizer(text, add_special_tokens=False)["input_ids"]
        if len(tokens) >= count * length:
            break
    length = min(length, len(tokens))
    if length < LEAST:
        sys.exit("gongkao: few_samples")
    count = min(count, len(tokens) // length)
    # LMDeploy cuts every tensor into batches whose size is the number of windows: positions must not look like one.
    if count == length:
        count -= 1
    return [tokens[at * length : (at + 1) * length] for at in range(count)]


def _arguments():
    parser = argparse.ArgumentParser()
    for name in ("model", "texts", "work"):
        parser.add_argument(name)
    for name in ("--samples", "--window", "--batch-size"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--dtype", required=True)
    parser.add_argument("--search-scale", action="store_true")
    parser.add_argument("--trust-code", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
