"""The other side of a OneBot v11 connection as a load generator, and what it measures."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import statistics
import time
from dataclasses import dataclass, field
from typing import Self

import aiohttp
import psutil

MARK = re.compile(r"TK\d{8}X")


@dataclass
class Figures:
    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    wall_s: float = 0
    cpu_s: float = 0
    peak_rss_mb: float = 0

    def row(self) -> dict[str, float]:
        """p50 and p99 in ms, replies a second, CPU ms of the bot per message, lost questions, MB."""
        times = sorted(self.seconds) or [float("nan")]
        return {
            "p50_ms": statistics.median(times) * 1000,
            "p99_ms": times[int(len(times) * 0.99)] * 1000,
            "replies_s": len(self.seconds) / self.wall_s,
            "cpu_ms": self.cpu_s * 1000 / max(1, len(self.seconds)),
            "lost": self.lost,
            "rss_mb": self.peak_rss_mb,
        }


class Load:
    """One connection; every question is answered by the first send in its chat that fits it."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.process = psutil.Process(pid)
        self.waiting: dict[str, asyncio.Future[None]] = {}
        self.numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession()
        headers = {"X-Self-ID": "10001", "Authorization": "Bearer secret"}
        for _ in range(600):
            try:
                self.ws = await self.http.ws_connect(f"ws://127.0.0.1:{self.port}/onebot/v11/ws", headers=headers)
                break
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)
        self.reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reader.cancel()
        await self.ws.close()
        await self.http.close()

    async def ask(self, text: str, *, group: int, user: int, timeout_s: float = 60) -> float | None:
        """Seconds until the reply to *text*, ``None`` when it did not come.

        A text with a TK mark is matched by the mark, any other by its group,
        which then must have one question under way at a time.
        """
        mark = MARK.search(text)
        key = mark[0] if mark else f"group:{group}"
        done = self.waiting[key] = asyncio.get_running_loop().create_future()
        number = next(self.numbers)
        event = {
            "time": int(time.time()), "self_id": 10001, "post_type": "message", "message_type": "group",
            "sub_type": "normal", "message_id": number, "group_id": group, "user_id": user, "anonymous": None,
            "message": [{"type": "at", "data": {"qq": "10001"}}, {"type": "text", "data": {"text": " " + text}}],
            "raw_message": text, "font": 0, "sender": {"user_id": user, "nickname": f"u{user}", "role": "member"},
        }  # fmt: skip
        started = time.perf_counter()
        await self.ws.send_str(json.dumps(event, ensure_ascii=False))
        try:
            await asyncio.wait_for(done, timeout_s)
        except TimeoutError:
            return None
        finally:
            self.waiting.pop(key, None)
        return time.perf_counter() - started

    async def _read(self) -> None:
        async for frame in self.ws:
            call = json.loads(frame.data)
            await self.ws.send_str(
                json.dumps(
                    {"status": "ok", "retcode": 0, "data": {"message_id": next(self.numbers)}, "echo": call["echo"]}
                )
            )
            if call["action"].startswith("send_"):
                mark = MARK.search(json.dumps(call["params"]["message"]))
                done = self.waiting.get(mark[0] if mark else f"group:{call['params'].get('group_id')}")
                if done and not done.done():
                    done.set_result(None)

    async def closed(self, texts: list[str], *, at_once: int, groups: int) -> Figures:
        """Every text once, *at_once* under way at any time; group and member change with every question."""
        figures, left = Figures(), iter(enumerate(texts))

        async def worker(number: int) -> None:
            for i, text in left:
                group = 5000 + (number if groups >= at_once else i % groups)
                taken = await self.ask(text, group=group, user=100 + i % 500)
                if taken is None:
                    figures.lost += 1
                else:
                    figures.seconds.append(taken)

        with self._watched(figures):
            await asyncio.gather(*(worker(number) for number in range(at_once)))
        return figures

    async def paced(self, texts: list[str], *, per_s: float, groups: int) -> Figures:
        """Every text once, *per_s* a second whatever the bot does."""
        figures = Figures()

        async def one(i: int, text: str) -> None:
            await asyncio.sleep(i / per_s)
            taken = await self.ask(text, group=5000 + i % groups, user=100 + i % 500)
            if taken is None:
                figures.lost += 1
            else:
                figures.seconds.append(taken)

        with self._watched(figures):
            await asyncio.gather(*(one(i, text) for i, text in enumerate(texts)))
        return figures

    def _watched(self, figures: Figures) -> _Watch:
        return _Watch(self.process, figures)


class _Watch:
    def __init__(self, process: psutil.Process, figures: Figures) -> None:
        self.process, self.figures = process, figures

    def __enter__(self) -> None:
        self.started, self.cpu = time.perf_counter(), self._cpu()

    def __exit__(self, *_: object) -> None:
        self.figures.wall_s = time.perf_counter() - self.started
        self.figures.cpu_s = self._cpu() - self.cpu
        self.figures.peak_rss_mb = self.process.memory_info().rss / 2**20

    def _cpu(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system
