"""Models exchanged under load: nobody's question may be lost, and none answered by a model that is not the one said.

    python -m benchmarks.gpu.swap WORK --python LMDEPLOY_PYTHON --out FILE [--engine turbomind] [--askers 64] [--only …]

WORK/model is what ``tiny_model.py`` wrote. A keeper (``gongkao serve``) and the bot's own services run over one SQLite
file, with a bank that knows none of the questions; 64 askers never stop. Phases: steady, promote, rollback, again,
killed_loading, killed_serving, stalled, and, with a keeper that must not start two, instead and instead_fails.
Every answer is checked against the release table afterwards. Figures are printed and appended to FILE as JSON lines.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

import settings
from benchmarks.gpu.measured import Item, read_items
from bot.services.incoming import Incoming
from bot.services.replies import from_model
from bot.wiring import Services, open_services
from inference.serving.process import ServerProcess
from store import releases, rounds
from store.models import Release
from training.rounds.folder import RoundFolder

_LATE_S = 1.5
"""Bots look once a second: so long after a switch the old model may still be asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    began: datetime
    ended: datetime
    seconds: float
    state: str
    reason: str
    model: str
    round: str
    exact: bool


@dataclass
class Load:
    """Askers that never stop."""

    services: Services
    items: Sequence[Item]
    found: list[Asked] = field(default_factory=list[Asked])
    notices: int = 0
    under_way: int = 0

    async def asker(self, number: int) -> None:
        chance = random.Random(number)
        while True:
            item = chance.choice(self.items)
            incoming = Incoming(
                account="qq:9",
                member_id=f"qq:{number}",
                group_id=f"qq:{number % 16}",
                message_id=f"{number}-{time.time_ns()}",
                text=item.question,
            )
            began, clock = datetime.now(UTC), time.perf_counter()
            self.under_way += 1
            answer = await self.services.answering.answers.answer(incoming, self.notice)
            self.under_way -= 1
            self.found.append(
                Asked(
                    began,
                    datetime.now(UTC),
                    time.perf_counter() - clock,
                    answer.state,
                    answer.reason,
                    answer.passport.model or "",
                    answer.passport.round or "",
                    answer.text == from_model(item.answer.strip()),
                )
            )

    async def notice(self, _: str) -> None:
        self.notices += 1


class Play:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.home: Path = (args.work / "swap-home").resolve()
        self.out: Path = args.out
        self.services: Services

    def settle(self, beside: str) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "bot.toml").write_text(
            f'[serving]\nengine = "{self.args.engine}"\npython = "{self.args.python}"\nport = {self.args.port}\n'
            f'beside = "{beside}"\n[inference]\nmax_concurrency = 64\nmax_per_lane = 64\nmax_tokens = 128\n',
            encoding="utf-8",
        )

    @asynccontextmanager
    async def keeper(self, *arguments: object) -> AsyncGenerator[asyncio.subprocess.Process]:
        with (self.home / "keeper.log").open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "training", "serve", *map(str, arguments)),
                cwd=self.home,
                env={**os.environ, "PYTHONPATH": str(Path.cwd())},
                stdout=log,
                stderr=log,
            )
        try:
            yield child
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            await child.wait()

    async def rows(self) -> list[Release]:
        async with self.services.base.sessions() as session:
            return sorted(await releases.latest(session, 1000), key=lambda row: row.id)

    async def until(self, claim: Callable[[list[Release]], bool], limit_s: float = 150) -> float:
        began = time.perf_counter()
        while not claim(await self.rows()):
            if time.perf_counter() - began > limit_s:
                rows = [(row.id, row.status, row.kind, row.problem) for row in await self.rows()]
                raise TimeoutError(f"the table is {rows}")
            await asyncio.sleep(0.05)
        return time.perf_counter() - began

    async def settled(self, count: int) -> float:
        """Until *count* releases are there and the newest serves, nothing else being under way."""
        return await self.until(
            lambda rows: (
                len(rows) >= count
                and sum(row.status == "serving" for row in rows) == 1
                and not any(row.status in ("asked", "starting", "draining") for row in rows)
            )
        )

    async def round(self) -> int:
        async with self.services.base.sessions.begin() as session:
            row = await rounds.add(session, {"status": "ready", "settings": {}, "base": "b"})
        folder = RoundFolder(self.home / "data/rounds", row.id)
        shutil.copytree(self.args.work / "model", folder.model)
        replies = folder.evaluation / "candidate" / "replies.jsonl"
        replies.parent.mkdir(parents=True)
        lines = (
            json.dumps(
                {"set": "holdout", "input": one.question, "reply": one.answer, "right": True, "truncated": False},
                ensure_ascii=False,
            )
            for one in self.items[:200]
        )
        replies.write_text("\n".join(lines), encoding="utf-8")
        return row.id

    async def ask(self, *command: str) -> int:
        """Ask for a release as a superuser does; how many there are then."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "training", "release", *command),
            cwd=self.home,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await child.communicate()
        print("   ", said.decode().strip(), flush=True)
        return len(await self.rows())

    def server(self, release: int) -> ServerProcess | None:
        return ServerProcess.marked(str(self.home)).get(str(release))

    async def run(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        self.settle("auto")
        self.items = read_items(self.args.work / "model")
        read = settings.load(self.home / "bot.toml")
        async with open_services(read) as services, services.base.engine.begin() as connection:
            await connection.execute(text("UPDATE question SET status = 'retired'"))
        async with open_services(read) as self.services:
            load = Load(self.services, self.items)
            async with self.keeper(self.args.work / "model"):
                self.add("up", seconds=await self.settled(1))
                askers = [asyncio.create_task(load.asker(number)) for number in range(self.args.askers)]
                first, second = await self.round(), await self.round()
                await self.phase(load, "steady", lambda: asyncio.sleep(self.args.steady_s))
                await self.phase(load, "promote", lambda: self.exchanged("promote", str(first)))
                await self.phase(load, "rollback", lambda: self.exchanged("rollback"))
                await self.phase(load, "again", lambda: self.exchanged("promote", str(first)))
                await self.phase(load, "killed_loading", lambda: self.killed_loading(second))
                await self.phase(load, "killed_serving", lambda: self.killed_serving(second, load))
                await self.phase(load, "stalled", lambda: self.stopped(load))
                for asker in askers:
                    asker.cancel()
                await asyncio.gather(*askers, return_exceptions=True)
            self.settle("never")
            async with self.keeper():
                await self.settled(len(await self.rows()) + 1)
                load.found.clear()
                askers = [asyncio.create_task(load.asker(number)) for number in range(self.args.askers)]
                await asyncio.sleep(3)
                serves = next(row.round_id for row in await self.rows() if row.status == "serving")
                other = second if serves == first else first
                await self.phase(load, "instead", lambda: self.exchanged("promote", str(other)))
                (
                    RoundFolder(self.home / "data/rounds", first + second - other).model / "model.safetensors"
                ).write_bytes(b"\x00" * 64)
                await self.phase(load, "instead_fails", lambda: self.exchanged("promote", str(first + second - other)))
                for asker in askers:
                    asker.cancel()
                await asyncio.gather(*askers, return_exceptions=True)
        self.add("table", rows=[(r.id, r.kind, r.status, r.beside, r.problem[:80]) for r in await self.rows()])

    async def exchanged(self, *command: str) -> dict[str, Any]:
        began = time.perf_counter()
        count = await self.ask(*command)
        await self.settled(count)
        row = next(one for one in await self.rows() if one.id == count)
        if row.serving_from is None:
            return {"problem": row.problem[:80], "to_the_end_s": round(time.perf_counter() - began, 2)}
        return {
            "to_the_switch_s": round((row.serving_from - row.asked_at).total_seconds(), 2),
            "to_the_end_s": round(time.perf_counter() - began, 2),
        }

    async def killed_loading(self, number: int) -> dict[str, Any]:
        count = await self.ask("promote", str(number))
        while (process := self.server(count)) is None:
            await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        await process.end(0)
        await self.until(lambda rows: rows[-1].status == "failed")
        await self.settled(count)
        return {"problem": (await self.rows())[-1].problem[:80]}

    async def killed_serving(self, number: int, load: Load) -> dict[str, Any]:
        count = await self.ask("promote", str(number))
        await self.until(lambda rows: rows[-1].status == "serving")
        process = self.server(count)
        assert process
        await process.end(0)
        return {"recovered_s": await self.answering(load)}

    async def stopped(self, load: Load) -> dict[str, Any]:
        serving = next(row for row in await self.rows() if row.status == "serving")
        process = self.server(serving.id)
        assert process
        os.killpg(process.id.pid, signal.SIGSTOP)
        return {"recovered_s": await self.answering(load)}

    async def answering(self, load: Load) -> float:
        """Seconds until every one of a hundred answers in a row is one."""
        began, clock = datetime.now(UTC), time.perf_counter()
        await asyncio.sleep(2)
        while time.perf_counter() - clock < 150:
            since = [one for one in load.found if one.began > began + timedelta(seconds=1)]
            good = [one for one in since[-100:] if one.state == "answered"]
            if len(good) == 100:
                return round((good[0].ended - began).total_seconds(), 2)
            await asyncio.sleep(0.1)
        raise TimeoutError("nobody answers")

    async def phase(self, load: Load, name: str, work: Callable[[], Awaitable[dict[str, Any] | None]]) -> None:
        first, notices, began = len(load.found), load.notices, time.perf_counter()
        print(f"== {name}", flush=True)
        try:
            told = await asyncio.wait_for(work(), 200) or {}
        except Exception as error:  # noqa: BLE001 - the other phases go on
            told = {"error": f"{type(error).__name__} {error}"[:300]}
        wall_s = time.perf_counter() - began
        found = load.found[first:]
        times = sorted(one.seconds for one in found) or [0.0]
        late, wrong = judged(found, await self.rows())
        self.add(
            name,
            **told,
            wall_s=round(wall_s, 1),
            asked=len(found),
            answered=sum(one.state == "answered" for one in found),
            exact=sum(one.exact for one in found),
            others=Counter(f"{one.state} {one.reason}" for one in found if one.state != "answered").most_common(5),
            wrong_round=wrong,
            late_at_old=late,
            notices=load.notices - notices,
            p50_ms=round(statistics.median(times) * 1000, 1),
            longest_s=round(times[-1], 2),
            per_s=round(len(found) / wall_s, 1),
        )

    def add(self, phase: str, **told: Any) -> None:
        line = {"phase": phase, **told}
        print(json.dumps(line, ensure_ascii=False), flush=True)
        with self.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")


def judged(found: Sequence[Asked], rows: Sequence[Release]) -> tuple[int, int]:
    """How many answers came of the old model for questions after a switch that the bot had not seen, and how many of
    a model that did not serve then, or that the answer calls by another round."""
    known = {row.name: row for row in rows}
    late = wrong = 0
    for one in found:
        if one.state != "answered":
            continue
        row = known.get(one.model)
        if (
            row is None
            or row.serving_from is None
            or one.ended < row.serving_from
            or one.round != ("" if row.round_id is None else str(row.round_id))
        ):
            wrong += 1
        elif row.serving_until is not None and one.began > row.serving_until:
            if one.began > row.serving_until + timedelta(seconds=_LATE_S):
                wrong += 1
            else:
                late += 1
    return late, wrong


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--engine", default="turbomind")
    parser.add_argument("--port", type=int, default=23400)
    parser.add_argument("--askers", type=int, default=64)
    parser.add_argument("--steady-s", type=float, default=15)
    asyncio.run(Play(parser.parse_args()).run())


if __name__ == "__main__":
    main()
