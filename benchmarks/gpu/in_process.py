"""The same questions through ``lmdeploy.pipeline`` in this very process; run by LMDeploy's Python, no server running.

    LMDEPLOY_PYTHON -m benchmarks.gpu.in_process FOLDER --out FILE [--quick]

FOLDER is what ``tiny_model.py`` wrote; lines go to FILE as those of ``serving.py``.
"""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path
from typing import Any

from benchmarks.gpu.measured import Item, Ledger, fresh, read_items
from inference.prompts import question_messages


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache-share", type=float, default=0.3)
    parser.add_argument("--max-tokens", type=int, default=128)
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    ledger = Ledger(args.out, part="pipeline", name="pipeline", turn=1)
    lmdeploy: Any = importlib.import_module("lmdeploy")
    began = time.perf_counter()
    engine = lmdeploy.TurbomindEngineConfig(
        session_len=8192, cache_max_entry_count=args.cache_share, max_batch_size=512, enable_prefix_caching=True
    )
    with lmdeploy.pipeline(str(args.folder), backend_config=engine, log_level="ERROR") as pipe:
        ledger.add(way="start", seconds=round(time.perf_counter() - began, 1))
        items = fresh(read_items(args.folder), 500 if args.quick else 5000)
        manner = lmdeploy.GenerationConfig(max_new_tokens=args.max_tokens, do_sample=False)
        measure(pipe, items, manner, ledger)


def measure(pipe: Any, items: list[Item], manner: Any, ledger: Ledger) -> None:
    """A line for each size of a call, the last one with everything at once."""
    talks = [question_messages(item.question) for item in items]
    pipe(talks[:512], gen_config=manner)
    for size in (64, 256, len(talks)):
        began, cpu = time.perf_counter(), time.process_time()
        texts = [
            reply.text
            for at in range(0, len(talks), size)
            for reply in pipe(talks[at : at + size], gen_config=manner, use_tqdm=False)
        ]
        wall_s = time.perf_counter() - began
        right = sum(text.strip() == item.answer.strip() for text, item in zip(texts, items, strict=True))
        ledger.add(
            way="pipeline",
            prompts=size,
            answered=len(texts),
            exact=round(right / len(texts), 4),
            per_s=round(len(texts) / wall_s, 1),
            wall_s=round(wall_s, 2),
            # Of the engine too: it is the same process.
            cpu_s=round(time.process_time() - cpu, 2),
        )


if __name__ == "__main__":
    main()
