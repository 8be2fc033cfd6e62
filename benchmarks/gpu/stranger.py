"""docs/deploy.md walked on a GPU: from a merged model folder to answers in a group, and what really fits on a card.

    python -m benchmarks.gpu.stranger WORK --python LMDEPLOY_PYTHON --out FILE [--card 24] [--only group,sizes,swap]

WORK holds ``model`` (``tiny_model.py``), ``seven`` and ``seven-awq`` (``seven_b.py``). On a bigger GPU a process of its
own holds what a card of ``--card`` GB does not have. Parts: ``group`` takes the guide's steps with the small model and
a OneBot peer, and prints all that a reader would see; ``sizes`` starts the 7B shapes on the small card and asks as many
full conversations at once as the guide's table promises; ``swap`` lets a second 4-bit 7B take over beside the first.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

import settings
from benchmarks.gpu.measured import Item, read_items
from bot.wiring import open_services
from inference.serving import sizing
from inference.serving.gpu import free_memory_mib, nvidia_gpus
from store import rounds
from tests.peer import BotProcess, Peer
from training.rounds.folder import RoundFolder

GROUP, MEMBER, BOSS = 71, 200, 4242
DRIVER_GIB = 0.4
"""As the guide's tables take it off a card."""
BATCH = 128
"""What LMDeploy takes on a card of this size; on a bigger one it must be told."""
LONGEST, REPLY = 8192, 64
CACHE_WORDS = r"(?i)cache|object|free_?mem|out of memory|error"
HOLDER = """
import sys, time, torch
leave = int(float(sys.argv[1]) * 2**30)
held = []
while (extra := torch.cuda.mem_get_info()[0] - leave) > 2**26:
    held.append(torch.empty(min(extra, 2**30), dtype=torch.uint8, device="cuda"))
print(torch.cuda.mem_get_info()[0] / 2**30, flush=True)
time.sleep(100000)
"""


class Walk:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.work: Path = args.work.resolve()

    def add(self, step: str, **told: Any) -> None:
        line = {"step": step, **told}
        print(json.dumps(line, ensure_ascii=False, default=str), flush=True)
        with self.args.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")

    def bot(self, name: str, serving: str = "") -> BotProcess:
        """One in a folder of its own, whose settings are there already: the model is served before it starts."""
        home = self.work / f"stranger-{name}"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        table = f'[serving]\nengine = "{self.args.engine}"\npython = "{self.args.python}"\nport = {self.args.port}\n{serving}'
        bot = BotProcess(home, settings=f'superusers = ["{BOSS}"]\n{table}')
        (home / "bot.toml").write_text(f"[bot]\nport = {bot.port}\n{bot.settings}\n", encoding="utf-8")
        return bot

    @staticmethod
    def environment() -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(Path.cwd())}

    async def type(self, home: Path, *command: str, given: str = "") -> tuple[int, str]:
        """What ``gongkao`` says, printed as a terminal shows it."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli", *command),
            cwd=home,
            env=self.environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(child.communicate(given.encode()), 300)
        text = said.decode()
        print(f"$ gongkao {' '.join(command)}\n{text}[{child.returncode}]", flush=True)
        assert child.returncode is not None
        return child.returncode, text

    @asynccontextmanager
    async def serving(self, home: Path, folder: Path) -> AsyncGenerator[dict[str, Any]]:
        """``gongkao serve FOLDER`` until it says that the model is on, or ends."""
        log = home / "serve.log"
        began = time.perf_counter()
        with log.open("wb") as file:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.cli", "serve", str(folder), "--yes"),
                cwd=home,
                env=self.environment(),
                stdout=file,
                stderr=file,
            )
        try:
            while not (up := "上线了" in log.read_text(encoding="utf-8")):
                if child.returncode is not None or time.perf_counter() - began > 240:
                    break
                await asyncio.sleep(0.1)
            print(f"$ gongkao serve {folder}\n{log.read_text(encoding='utf-8')}", flush=True)
            yield {"up": up, "seconds": round(time.perf_counter() - began, 1)}
        finally:
            if child.returncode is None:
                child.send_signal(signal.SIGINT)
            await asyncio.wait_for(child.wait(), 120)
            print(f"^C [{child.returncode}]", flush=True)

    async def group(self) -> None:
        """The guide's steps, in its order, with a bank that knows none of the questions."""
        bot, folder = self.bot("group"), self.work / "model"
        home = bot.home
        item = next(one for one in read_items(folder) if "\n" not in one.question)
        print(*nvidia_gpus(), sep="\n")
        code, _ = await self.type(home, "model", "check", str(folder))
        self.add("model check", code=code)
        async with self.serving(home, folder) as told:
            self.add("serve", **told)
        code, _ = await self.type(home, "serve", str(folder), "--detach")
        self.add("serve --detach", code=code)
        await bot.start()
        await bot.stop()
        with contextlib.closing(sqlite3.connect(home / "data/gongkao.db")) as database:
            database.execute("UPDATE question SET status = 'retired'")
            database.commit()
        shutil.rmtree(home / "data/index", ignore_errors=True)
        await bot.start()
        try:
            async with Peer(bot) as peer:
                await self.talk(bot, peer, item)
        finally:
            await bot.stop()
        code, text = await self.type(home, "chat", "--engine", given=f"{item.question}\n")
        self.add("chat --engine", code=code, right=item.answer in text)
        code, _ = await self.type(home, "serve", "--stop")
        left = subprocess.run(
            ["pgrep", "-fc", f"api_server {folder}"],
            capture_output=True,
            text=True,
            check=False,
        )
        self.add("serve --stop", code=code, left=left.stdout.strip())

    async def talk(self, bot: BotProcess, peer: Peer, item: Item) -> None:
        """What members and the superuser write."""
        for _ in range(600):
            _, status = await self.type(bot.home, "release", "status")
            if "http" in status:
                break
            await asyncio.sleep(1)
        chat, began = f"group:{GROUP}", time.perf_counter()
        await peer.group(item.question, group=GROUP, user=MEMBER)
        said = await peer.reply_to(chat, wait_s=90)
        took_s = round(time.perf_counter() - began, 2)
        self.add("a group", asked=item.question, reply=said, right=item.answer in said, seconds=took_s)
        quoted = {"type": "reply", "data": {"id": str(peer.sent[chat][0]["message_id"])}}
        await peer.message([quoted, {"type": "text", "data": {"text": "/为什么"}}], group=GROUP, user=MEMBER)
        self.add("/为什么", reply=await peer.reply_to(chat, count=2))
        await peer.private("/发布", user=BOSS)
        self.add("/发布", reply=await peer.reply_to(f"private:{BOSS}"))

    @asynccontextmanager
    async def small_card(self) -> AsyncGenerator[int]:
        """What is free of a card of the size wanted, MiB."""
        leave = self.args.card - DRIVER_GIB
        holder = await asyncio.create_subprocess_exec(
            *(str(self.args.python), "-c", HOLDER, str(leave)), stdout=asyncio.subprocess.PIPE
        )
        assert holder.stdout
        try:
            print("free GiB:", (await holder.stdout.readline()).decode().strip(), flush=True)
            yield free_memory_mib(0) or 0
        finally:
            holder.kill()
            await holder.wait()

    async def sizes(self) -> None:
        """Whether what the guide's table says of the small card is so."""
        for name, kv_bits in (("seven", 0), ("seven", 8), ("seven-awq", 0)):
            await self.size(self.work / name, kv_bits)

    async def size(self, folder: Path, kv_bits: int) -> None:
        settings = f'kv_bits = {kv_bits}\nmax_batch = {BATCH}\nbeside = "never"\nextra = ["--log-level", "INFO"]'
        bot = self.bot(f"{folder.name}-{kv_bits}", settings)
        async with self.small_card() as free:
            need = sizing.need_of(folder, kv_bits=kv_bits, max_batch=BATCH)
            fit = need.on(free)
            assert fit
            count = fit.sessions(LONGEST)
            print(await self.type(bot.home, "model", "check", str(folder)))
            async with self.serving(bot.home, folder) as told:
                idle = free_memory_mib(0) or 0
                asked = await self.conversations(count) if told["up"] else {}
                self.add(
                    "size",
                    model=folder.name,
                    kv_bits=kv_bits,
                    free_mib=free,
                    **told,
                    computed={"cache_mib": fit.cache_mib, "tokens": fit.tokens, "weights_mib": need.weights_mib},
                    used_mib=free - idle,
                    least_left_mib=free_memory_mib(0),
                    **asked,
                )
            for log in sorted((bot.home / "data/logs").glob("serving-*.log")):
                told_by_engine = [
                    line for line in log.read_text(errors="replace").splitlines() if re.search(CACHE_WORDS, line)
                ]
                print(*told_by_engine[:12], sep="\n", flush=True)

    async def conversations(self, count: int) -> dict[str, Any]:
        """*count* of full length at once: how many came to their end, and how long that took."""
        url = f"http://127.0.0.1:{self.args.port}"
        timeout = aiohttp.ClientTimeout(total=300)
        words = "".join(one.question for one in read_items(self.work / "model"))
        async with aiohttp.ClientSession(url, timeout=timeout) as http:
            async with http.get("/v1/models") as response:
                model = (await response.json())["data"][0]["id"]

            async def ask(text: str, reply: int) -> tuple[int, dict[str, Any]]:
                body = {"model": model, "prompt": text, "max_tokens": reply, "ignore_eos": True, "temperature": 0}
                async with http.post("/v1/completions", json=body) as response:
                    return response.status, await response.json()

            _, first = await ask(words[:4000], 1)
            a_token = 4000 / first["usage"]["prompt_tokens"]
            # A little under: other parts of the text may be cut finer.
            length = int((LONGEST - REPLY) * a_token * 0.97)
            began = time.perf_counter()
            got = await asyncio.gather(
                *(ask(f"{at}{words[at * 997 :][:length]}", REPLY) for at in range(count)), return_exceptions=True
            )
        wall_s = time.perf_counter() - began
        whole = [one[1]["usage"] for one in got if isinstance(one, tuple) and one[0] == 200]
        problems = [repr(one)[:200] for one in got if not isinstance(one, tuple) or one[0] != 200]
        return {
            "conversations": count,
            "finished": sum(one["completion_tokens"] >= REPLY for one in whole),
            "prompt_tokens": sum(one["prompt_tokens"] for one in whole),
            "wall_s": round(wall_s, 1),
            "problems": problems[:3],
        }

    async def swap(self) -> None:
        """A second 7B beside the first on the card, by the settings that nobody touched."""
        bot, folder = self.bot("swap", f"max_batch = {BATCH}\nsmoke = 0"), self.work / self.args.model
        async with self.small_card() as free, self.serving(bot.home, folder) as told:
            self.add("first", **told, free_mib=free, left_mib=free_memory_mib(0))
            read = settings.load(bot.home / "bot.toml")
            async with open_services(read) as services, services.base.sessions.begin() as session:
                row = await rounds.add(session, {"status": "ready", "settings": {}, "base": "b"})
                number = row.id
            place = RoundFolder(bot.home / "data/rounds", number).model
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(folder, target_is_directory=True)
            began, least, states = time.perf_counter(), free, []
            await self.type(bot.home, "release", "promote", str(number))
            while time.perf_counter() - began < 150:
                least = min(least, free_memory_mib(0) or free)
                with contextlib.closing(sqlite3.connect(bot.home / "data/gongkao.db")) as database:
                    states = database.execute("SELECT status, beside, problem FROM release ORDER BY id").fetchall()
                if states[-1][0] in ("serving", "failed") and not any(one[0] == "draining" for one in states):
                    break
                await asyncio.sleep(0.5)
            self.add("beside", states=states, seconds=round(time.perf_counter() - began, 1), least_left_mib=least)
            await self.type(bot.home, "release", "status")
            print((bot.home / "serve.log").read_text(encoding="utf-8"), flush=True)


async def run(args: argparse.Namespace) -> None:
    walk = Walk(args)
    for name in args.only:
        print(f"== {name}", flush=True)
        try:
            await getattr(walk, name)()
        except Exception as error:  # noqa: BLE001 - the other parts go on
            traceback.print_exc()
            walk.add(name, error=f"{type(error).__name__} {error}"[:600])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--card", type=float, default=24, help="GB of the card that is played")
    parser.add_argument("--port", type=int, default=23400)
    parser.add_argument("--engine", default="turbomind")
    parser.add_argument("--model", default="seven-awq", help="what is exchanged in swap")
    parser.add_argument("--only", type=lambda text: text.split(","), default=["group", "sizes", "swap"])
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
