"""Ask a served model through the bot's own client and compare with what it was taught.

    python benchmarks/gpu/ask_served_model.py http://127.0.0.1:23333 FOLDER [--asks 200]

FOLDER is what ``tiny_model.py`` wrote. Prints exact answers, latencies one at a
time and all at once (32 at the server), streaming's first piece, the confidence of right answers,
and whether a cancelled request leaves the server free.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import time
from contextlib import aclosing
from pathlib import Path

from inference.client import Completion, ModelClient
from inference.config import InferenceConfig
from inference.prompts import question_messages
from settings import secret


async def timed(client: ModelClient, question: str, lane: str) -> tuple[Completion, float]:
    started = time.perf_counter()
    completion = await client.complete(question_messages(question), lane=lane)
    return completion, (time.perf_counter() - started) * 1000


def summary(name: str, taught: list[dict[str, str]], answers: list[tuple[Completion, float]], wall_s: float) -> None:
    exact = sum(done.text.strip() == item["answer"] for item, (done, _) in zip(taught, answers, strict=True))
    times = sorted(ms for _, ms in answers)
    sure = [done.confidence for done, _ in answers if done.confidence is not None]
    print(
        f"{name}: exact {exact}/{len(taught)}  p50 {statistics.median(times):.1f} ms  "
        f"p99 {times[int(len(times) * 0.99)]:.1f} ms  {len(times) / wall_s:.0f} answers/s  "
        f"confidence {statistics.mean(sure) if sure else float('nan'):.3f} ({len(sure)} given)"
    )


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--asks", type=int, default=200)
    parser.add_argument("--chat-format", default="", help="family of the model: several questions share a call")
    parser.add_argument("--at-once", type=int, default=32, help="requests at the server")
    args = parser.parse_args()
    lines = (args.folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    taught = random.Random(7).sample([json.loads(line) for line in lines], args.asks)
    config = InferenceConfig(
        base_url=args.url,
        max_tokens=128,
        chat_format=args.chat_format,
        max_concurrency=args.at_once,
        max_per_lane=args.at_once,
    )
    async with ModelClient(config, secret("GONGKAO_MODEL_API_KEY")) as client:
        print("models", await client.models())
        await timed(client, taught[0]["question"], "warm")
        started = time.perf_counter()
        one = [await timed(client, item["question"], "a") for item in taught]
        summary("one at a time", taught, one, time.perf_counter() - started)
        started = time.perf_counter()
        many = await asyncio.gather(
            *(timed(client, item["question"], f"group{i % 8}") for i, item in enumerate(taught))
        )
        summary("200 at once ", taught, list(many), time.perf_counter() - started)
        started = time.perf_counter()
        same = await asyncio.gather(*(timed(client, taught[0]["question"], f"group{i}") for i in range(50)))
        print(
            f"50 identical: shared {sum(done.shared for done, _ in same)}, {(time.perf_counter() - started) * 1e3:.1f} ms"
        )
        first: list[float] = []
        whole = 0
        for item in taught[:50]:
            started, pieces, heard = time.perf_counter(), 0, ""
            async with aclosing(client.stream(question_messages(item["question"]), lane="s")) as parts:
                async for part in parts:
                    if isinstance(part, str):
                        pieces += 1
                        heard += part
                        if pieces == 1:
                            first.append((time.perf_counter() - started) * 1000)
            whole += heard.strip() == item["answer"]
        print(f"streamed: exact {whole}/50, first piece p50 {statistics.median(first):.1f} ms")
        cut = [asyncio.create_task(timed(client, f"{item['question']}？？", "cut")) for item in taught[:64]]
        await asyncio.sleep(0.03)
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)
        completion, ms = await timed(client, taught[1]["question"], "after")
        print(f"after 64 cancelled: {ms:.1f} ms, right {completion.text.strip() == taught[1]['answer']}")


if __name__ == "__main__":
    asyncio.run(main())
