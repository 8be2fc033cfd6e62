"""Ways to ask one served model, compared in one run: plain requests, the bot's client, its answer service, batches.

    python -m benchmarks.gpu.serving PART FOLDER --url URL [--url URL2] --out FILE [--only ways] [--quick]

FOLDER is what ``tiny_model.py`` wrote and is served at URL. PART is ``tiny`` (every way at 1, 16, 64 and 256 at once,
also with repeated questions), ``repeats`` (those alone), ``two`` (two servers), ``seven`` (a 7B shape: 8 and 64 tokens) or ``kind`` (one model
beside others of its kind: 16 and 4 bit). Every line is printed and appended to FILE at once; ``claims.py`` makes the
ratios. ``serving.sh`` does it all on a GPU host; ``fake_openai.py`` stands in for the server without one.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

from loguru import logger

from benchmarks.gpu import ways
from benchmarks.gpu.measured import Ask, Item, Ledger, closed_loop, fresh, line, read_items, repeated

Opened = AbstractAsyncContextManager[Ask]
Way = Callable[[int], Opened]
"""How many are under way, in; the open way, out."""
REQUESTS = ("plain", "bare", "client", "batching2", "batching5", "service")
LEVELS = (1, 16, 64, 256)


class Comparison:
    """One server, or several of one model, asked in many ways."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.urls: list[str] = args.url
        self.part: str = args.part
        self.items = read_items(args.folder)
        self.questions = 500 if args.quick else 5000
        self.lone = 100 if args.quick else 500
        self.only: tuple[str, ...] = args.only
        self.limit_s: float = args.limit_s
        self.ends = time.monotonic() + args.part_limit_s
        self.settings: dict[str, Any] = {"model": args.model, "max_tokens": args.max_tokens}
        self.ledger = Ledger(args.out, part=args.part, name=args.name or args.part, turn=args.turn)

    def ways(
        self, settings: dict[str, Any], more: dict[str, Any] | None = None, *, remember_s: float = 0
    ) -> dict[str, Way]:
        """Ours remember answers only where questions come again by design: the others come again for want of more."""
        urls = self.urls
        plain = partial(ways.plain, urls, **settings)
        client = partial(ways.client, urls, remember_s=remember_s, **settings)
        service = partial(ways.service, urls, remember_s=remember_s, **settings)
        return {
            "plain": lambda n: plain(more=more),
            "bare": lambda n: plain(more=more, logprobs=False),
            "client": lambda n: client(at_once=n),
            "batching2": lambda n: client(at_once=n, family="qwen", gather_ms=2),
            "batching5": lambda n: client(at_once=n, family="qwen", gather_ms=5),
            "service": lambda n: service(at_once=n, family="qwen"),
        }

    async def measure(self, way: str, opened: Opened, asked: Sequence[Item], at_once: int, **told: Any) -> None:
        """One line; whatever goes wrong is a line too."""
        told = {"way": way, "at_once": at_once, **told}
        left_s = self.ends - time.monotonic()
        if left_s < 5:
            self.ledger.add(**told, skipped="the part's time is over")
            return
        limit_s = min(self.limit_s, left_s)
        try:
            async with asyncio.timeout(limit_s + 60), opened as ask:
                # From the end: what was asked just before must not be what is asked first.
                await asyncio.wait_for(ways.warm(ask, asked[::-1], at_once), 30)
                found = await closed_loop(ask, asked, at_once=at_once, limit_s=limit_s)
            self.ledger.add(**told, **line(*found))
        except Exception as error:  # noqa: BLE001 - the other lines go on
            self.ledger.add(**told, error=f"{type(error).__name__} {error}"[:300])

    async def calls(self, size: int, at_once: int, count: int, settings: dict[str, Any], **told: Any) -> None:
        """*count* prompts in calls of *size*, *at_once* under way; times are of a call, the rest of an answer."""
        if self.only and "completions" not in self.only:
            return
        asked = fresh(self.items, count)
        piles = {str(at): asked[at : at + size] for at in range(0, len(asked), size)}
        answered = right = 0
        told = {"way": "completions", "at_once": at_once, "prompts": size, **told}
        limit_s = min(self.limit_s, max(1, self.ends - time.monotonic()))
        try:
            async with (
                asyncio.timeout(limit_s + 60),
                ways.batches(self.urls[0], family="qwen", **settings) as many,
            ):

                async def ask(key: str, _: int) -> str:
                    nonlocal answered, right
                    pile = piles[key]
                    texts = await many(pile)
                    answered += len(texts)
                    right += sum(text.strip() == item.answer.strip() for text, item in zip(texts, pile, strict=True))
                    return ""

                await asyncio.wait_for(many(piles["0"]), 30)
                keys = [Item(key, "") for key in piles]
                tally, wall_s, cpu_s = await closed_loop(ask, keys, at_once=at_once, limit_s=limit_s)
        except Exception as error:  # noqa: BLE001 - the other lines go on
            self.ledger.add(**told, error=f"{type(error).__name__} {error}"[:300])
            return
        each = {"answered": answered, "exact": round(right / max(1, answered), 4)}
        each |= {"per_s": round(answered / wall_s, 1), "cpu_ms_each": round(cpu_s * 1000 / max(1, answered), 3)}
        self.ledger.add(**told, **(line(tally, wall_s, cpu_s) | each))

    async def round(self, names: Sequence[str], levels: Sequence[int], *, hot: Sequence[int] = ()) -> None:
        """Level by level, the ways of one level one after the other, so that they meet the same machine."""
        table = self.ways(self.settings)
        picked = [name for name in names if not self.only or name in self.only]
        for level in levels:
            asked = fresh(self.items, self.lone if level == 1 else self.questions)
            for name in picked:
                await self.measure(name, table[name](level), asked, level, asks="fresh")
        table = self.ways(self.settings, remember_s=600)
        for level in hot:
            asked = repeated(self.items, self.questions)
            for name in picked:
                await self.measure(name, table[name](level), asked, level, asks="repeated")

    async def tiny(self) -> None:
        await self.know_prompts()
        await self.round(REQUESTS, LEVELS, hot=(64, 256))
        for size, at_once in ((64, 1), (64, 4), (256, 1), (256, 2)):
            await self.calls(size, at_once, self.questions, self.settings, asks="fresh")

    async def two(self) -> None:
        await self.know_prompts()
        await self.round(("plain", "client", "batching2", "service"), (64, 256))

    async def repeats(self) -> None:
        await self.know_prompts()
        await self.round(("plain", "client", "batching2", "service"), (), hot=(64, 256))

    async def kind(self) -> None:
        await self.know_prompts()
        self.ledger.add(way="memory", **_memory())
        await self.round(("plain", "batching2"), (1, 64, 256))

    async def seven(self) -> None:
        self.ledger.add(way="memory", **_memory())
        await self.know_prompts()
        for tokens, count in ((8, self.questions // 2), (64, self.questions // 4)):
            settings = self.settings | {"max_tokens": tokens}
            # Only the plain ways can say it; these weights never end an answer by themselves.
            table = self.ways(settings, {"ignore_eos": True})
            for level, asks in ((1, min(40, count)), (64, count), (256, count)):
                asked = fresh(self.items, asks)
                for name in ("plain", "bare", "batching2", "batching5", "service"):
                    if not self.only or name in self.only:
                        await self.measure(name, table[name](level), asked, level, asks="fresh", tokens=tokens)
            for size, at_once in ((64, 1), (64, 4), (256, 1)):
                await self.calls(size, at_once, count, settings, tokens=tokens, asks="fresh")

    async def know_prompts(self) -> None:
        """Every server has seen every prompt, so that its prefix cache favours no line."""
        settings: dict[str, Any] = self.settings | {"max_tokens": 1}
        for url in self.urls:
            async with ways.plain([url], **settings) as ask:
                await asyncio.wait_for(closed_loop(ask, self.items, at_once=64, limit_s=30), 70)


def _memory() -> dict[str, Any]:
    """What the GPU holds now, all processes together."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return {"gpu_mb": None}
    command = [tool, "--query-gpu=name,memory.used,memory.total", "--format=csv,noheader,nounits"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    name, used, total = told.splitlines()[0].split(",")
    return {"gpu": name.strip(), "gpu_mb": int(used), "gpu_total_mb": int(total)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=("tiny", "two", "repeats", "kind", "seven"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", action="append", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default="tiny", help="its name at the server")
    parser.add_argument("--name", default="", help="what the lines are called")
    parser.add_argument("--turn", type=int, default=1, help="which time this part runs")
    parser.add_argument("--max-tokens", type=int, default=128)
    parser.add_argument("--only", type=lambda text: tuple(text.split(",")), default=(), help="ways, by comma")
    parser.add_argument("--limit-s", type=float, default=40, help="of one line")
    parser.add_argument("--part-limit-s", type=float, default=400)
    parser.add_argument("--quick", action="store_true", help="a tenth of the questions")
    parser.add_argument("--asyncio", action="store_true", help="asyncio's own loop in uvloop's place")
    args = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    comparison = Comparison(args)
    factory = None if args.asyncio else _uvloop()
    with asyncio.Runner(loop_factory=factory) as runner:
        comparison.ledger.add(way="start", loop="uvloop" if factory else "asyncio", distinct=len(comparison.items))
        runner.run(getattr(comparison, args.part)())


def _uvloop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The loop that uvicorn gives a bot, for every way alike."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


if __name__ == "__main__":
    main()
