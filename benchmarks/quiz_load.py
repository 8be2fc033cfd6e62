"""Many groups play quizzes at once on one bot process: from a right answer to its verdict, over a real socket.

    python -m benchmarks.quiz_load [--groups 200] [--questions 5] [--pause 3,9]

Each group plays a race of its own over the starter bank; for every question a member talks, two are wrong and one is
right, each after a pause drawn from the range (seconds, of the question as a whole). Printed: p50, p99 and the longest
time from sending the right answer to the arrival of the verdict, the bot's CPU an answer, and what was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.test_quiz import Evening
from tests.peer import BotProcess, Peer


class Timed(Peer):
    """Knows when each message of the bot came."""

    def __init__(self, bot: BotProcess) -> None:
        super().__init__(bot)
        self.waiting: dict[str, asyncio.Future[float]] = {}

    def _answer(self, action: str, params: dict[str, Any]) -> dict[str, Any] | None:
        found = super()._answer(action, params)
        chat = f"group:{params.get('group_id')}"
        if (asker := self.waiting.pop(chat, None)) is not None and action.startswith("send_") and not asker.done():
            asker.set_result(time.perf_counter())
        return found


class Played(Evening):
    """Finds the question by its first line: the search must not be what is measured."""

    def asked(self) -> dict[str, Any]:
        text = Peer.text_of(self.peer.sent[self.chat][-1])
        return BY_LINE[text[text.rindex(" 题　") :].split("\n")[1]]


BY_LINE: dict[str, dict[str, Any]] = {}


async def play(peer: Timed, number: int, args: argparse.Namespace, took: list[float]) -> int:
    """One group's game; how many verdicts never came."""
    group, chance = Played(peer, number, []), random.Random(number)
    low, high = args.pause
    await asyncio.sleep(chance.uniform(0, high))
    peer.waiting[group.chat] = started = asyncio.get_running_loop().create_future()
    await group.say(f"/出题 单选 {args.questions}题 300秒", number * 10)
    await asyncio.wait_for(started, 30)
    lost = 0
    for _ in range(args.questions):
        parts = sorted(chance.uniform(0, chance.uniform(low, high)) for _ in range(3))
        for at, until in enumerate(parts):
            await asyncio.sleep(until - (parts[at - 1] if at else 0))
            await group.say(
                ("哈哈这题见过", group.letters(right=False), group.letters(right=False))[at], number * 10 + at
            )
        verdict: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        peer.waiting[group.chat] = verdict
        began = time.perf_counter()
        await group.say(group.letters(right=True), number * 10 + 5)
        try:
            took.append(await asyncio.wait_for(verdict, 20) - began)
        except TimeoutError:
            lost += 1
            return lost
    return lost


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def measure(args: argparse.Namespace) -> dict[str, Any]:
    folder = Path(__file__).parents[1] / "bot" / "starter_bank"
    lines = (line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines())
    for line in lines:
        item = json.loads(line)
        BY_LINE[item["stem"].split("\n")[0]] = item
    with tempfile.TemporaryDirectory() as home:
        bot = await BotProcess(Path(home)).start()
        try:
            async with Timed(bot) as peer:
                assert bot.process
                process, took = psutil.Process(bot.process.pid), list[float]()
                before, began = cpu_s(process), time.perf_counter()
                lost = await asyncio.gather(*(play(peer, 1000 + at, args, took) for at in range(args.groups)))
                wall, cpu = time.perf_counter() - began, cpu_s(process) - before
                rss = process.memory_info().rss
        finally:
            await bot.stop()
    took.sort()
    messages = args.groups * args.questions * 4
    return {
        "groups": args.groups,
        "verdicts": len(took),
        "lost": sum(lost),
        "p50_ms": round(took[len(took) // 2] * 1000, 1),
        "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 1),
        "max_ms": round(took[-1] * 1000, 1),
        "messages_per_s": round(messages / wall, 1),
        "cpu_ms_a_message": round(cpu * 1000 / messages, 2),
        "cpu_share": round(cpu / wall, 2),
        "rss_mb": round(rss / 2**20),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--groups", type=int, default=200)
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--pause", type=lambda text: tuple(map(float, text.split(","))), default=(3.0, 9.0))
    print(json.dumps(asyncio.run(measure(parser.parse_args()))))


if __name__ == "__main__":
    main()
