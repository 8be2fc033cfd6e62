"""The bot beside the least possible NoneBot bot, in one run, over a real WebSocket.

    python -m benchmarks.onebot_load [--reps 3] [--messages 1500]

Prints medians over the repetitions and the ratio of the two bots. The machine's
noise moves both, so compare ratios, and CPU rather than wall time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import psutil

from benchmarks.load import Load

ROOT = Path(__file__).parents[1]
PROVIDER_PORT = 9811


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(name: str, home: Path, port: int) -> subprocess.Popen[bytes]:
    env = {
        **os.environ,
        "ONEBOT_ACCESS_TOKEN": "secret",
        "MODEL": f"http://127.0.0.1:{PROVIDER_PORT}",
        "PORT": str(port),
    }
    command = [sys.executable, str(ROOT / "benchmarks" / "minimal_bot.py")]
    if name == "gongkao":
        model = f'base_url = "{env["MODEL"]}"\nmodel = "fake"'
        (home / "bot.toml").write_text(f"[bot]\nport = {port}\n[inference]\n{model}\n")
        command = [sys.executable, "-m", "bot.cli", "run"]
    env["PYTHONPATH"] = str(ROOT)
    with (home / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=home, env=env, stdout=log, stderr=log)


def provider(latency_ms: float) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.provider", "--port", str(PROVIDER_PORT), "--latency-ms", str(latency_ms)],
        cwd=ROOT,
    )
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PROVIDER_PORT)) == 0:
                return process
        time.sleep(0.02)
    raise RuntimeError("the provider did not start")


def unknown(count: int, offset: int) -> list[str]:
    return [f"TK{offset + i:08d}X 这道题题库里没有，要问模型，它的答案是什么？" for i in range(count)]


def known(count: int) -> list[str]:
    """Questions of the starter bank, options pasted along."""
    items = [
        json.loads(line)
        for f in sorted((ROOT / "bot/starter_bank").glob("*.jsonl"))
        for line in f.open(encoding="utf-8")
    ]
    texts = [
        "\n".join([item["stem"], *(f"{'ABCDEFGH'[i]}. {o}" for i, o in enumerate(item["options"]))]) for item in items
    ]
    return random.Random(3).choices(texts, k=count)


async def measure(name: str, messages: int, results: dict[tuple[str, str], list[dict[str, float]]]) -> None:
    home, port = Path(tempfile.mkdtemp()), free_port()
    began = time.perf_counter()
    bot = start(name, home, port)
    try:
        async with Load(port, bot.pid) as load:
            await load.ask("TK00000000X 第一题是什么？", group=1, user=1)
            first = time.perf_counter() - began
            await asyncio.sleep(3)
            idle = psutil.Process(bot.pid).memory_info().rss / 2**20
            results[name, "start"].append({"first_reply_s": first, "idle_rss_mb": idle})
            await load.closed(unknown(100, 1000), at_once=8, groups=64)
            plan = [("model, one at a time", 60, 1, 64), ("model, 32 at once", messages, 32, 64)]
            plan += [
                ("model, 256 at once", messages, 256, 256),
                ("model, 32 at once in one group", messages // 2, 32, 1),
            ]
            for number, (title, count, at_once, groups) in enumerate(plan, 1):
                figures = await load.closed(unknown(count, number * 100_000), at_once=at_once, groups=groups)
                results[name, title].append(figures.row())
            if name == "gongkao":
                results[name, "bank, one at a time"].append((await load.closed(known(300), at_once=1, groups=64)).row())
                results[name, "bank, 100 a second over 32 groups"].append(
                    (await load.paced(known(1000), per_s=100, groups=997)).row()
                )
                results[name, "bank, 32 at once"].append(
                    (await load.closed(known(messages), at_once=32, groups=64)).row()
                )
    finally:
        bot.terminate()
        bot.wait(15)
        shutil.rmtree(home, ignore_errors=True)


def report(results: dict[tuple[str, str], list[dict[str, float]]]) -> None:
    titles = list(dict.fromkeys(title for _, title in results))
    for title in titles:
        for name in ("minimal", "gongkao"):
            if rows := results.get((name, title)):
                middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
                print(f"{title:36} {name:8} " + "  ".join(f"{key} {value:.2f}" for key, value in middle.items()))
        pair = [results.get((name, title)) for name in ("minimal", "gongkao")]
        if all(pair):
            ratios = {
                key: statistics.median(row[key] for row in pair[1])
                / (statistics.median(row[key] for row in pair[0]) or 1)
                for key in pair[0][0]
                if key != "lost"
            }
            print(f"{'':36} ratio    " + "  ".join(f"{key} {value:.2f}" for key, value in ratios.items()))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--messages", type=int, default=1500)
    args = parser.parse_args()
    results: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    model = provider(50)
    try:
        for _ in range(args.reps):
            for name in ("minimal", "gongkao"):
                asyncio.run(measure(name, args.messages, results))
    finally:
        model.terminate()
    report(results)


if __name__ == "__main__":
    main()
