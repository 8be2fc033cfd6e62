"""A group corrects its model on a GPU: corrections, a round, the same questions again; then rounds that must fail, and 4 bit.

    python -m benchmarks.gpu.group_rounds make WORK
        # writes WORK/turns.jsonl, what a base is to know, and WORK/asked.jsonl, 200 facts that it knows wrongly
    TRAINER_PYTHON benchmarks/gpu/tiny_model.py WORK/base --turns WORK/turns.jsonl --steps 1500
    python -m benchmarks.gpu.group_rounds play WORK --trainer TRAINER_PYTHON --server LMDEPLOY_PYTHON [--only good,poisoned,forgetting,quantised]

Everything after ``make`` goes through the product's own doors: a bot process, members, a reviewer and a superuser
over a OneBot WebSocket, ``gongkao serve`` and ``python -m training worker``. What came out is printed and written to
WORK/results.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.gpu.group_facts import WRONG, make
from inference.prompts import one_width
from tests.peer import BotProcess, Peer

BOSS, REVIEWER = 4242, 4343
GROUP = 71
END_S = 500.0
FOLLOWS_S = 5.0
"""By then the bot asks the new model, and said in the chat that it serves."""
SETTINGS = """superusers = ["{boss}"]
reviewers = ["{reviewer}"]
notice_poll_s = 0.2
[training.dataset]
holdout_percent = 20
bank_percent = {bank}
replay_percent = {replay}
refusal_percent = {refusal}
[serving]
python = "{server}"
port = {port}
cache_share = 0.3
[training.rounds]
base = "{base}"
serving_python = "{server}"
pause_serving = true
first_line = true
quantise = {quantise}
[training.xtuner]
python = "{trainer}"
batch_size = {batch}
max_epochs = {epochs}
lr = {lr}
"""
GOOD = {"bank": 100, "replay": 10, "refusal": 5, "batch": 64, "epochs": 5, "lr": 7e-4, "quantise": "false"}
QUICK = GOOD | {"bank": 30}
QUANTISED = QUICK | {"quantise": "true"}
FORGETTING = GOOD | {"bank": 0, "replay": 0, "refusal": 0, "lr": 7e-3, "epochs": 12}


class Stage:
    """The group's machine: a folder with settings, a bot, a model server, and who talks to them."""

    def __init__(self, work: Path, args: argparse.Namespace) -> None:
        self.work, self.args = work, args
        self.home = work / "home"
        self.bot = BotProcess(self.home)  # it follows the keeper over the database
        self.asked = [json.loads(line) for line in (work / "asked.jsonl").read_text(encoding="utf-8").splitlines()]
        self.server: asyncio.subprocess.Process | None = None
        self.results: dict[str, Any] = {}

    def note(self, name: str, value: Any) -> None:
        self.results[name] = value
        print(f"{name}: {json.dumps(value, ensure_ascii=False)}", flush=True)
        (self.work / "results.json").write_text(json.dumps(self.results, ensure_ascii=False, indent=1))

    async def start_bot(self, round_settings: dict[str, Any]) -> None:
        self.bot.settings = SETTINGS.format(
            boss=BOSS,
            reviewer=REVIEWER,
            base=self.work / "base",
            server=self.args.server,
            port=self.args.port,
            trainer=self.args.trainer,
            **round_settings,
        )
        await self.bot.start()

    async def serve(self, model: Path | None) -> None:
        """As a superuser's second terminal does; without *model* what served last."""
        began = time.monotonic()
        command = (sys.executable, "-m", "bot.cli", "serve", *([str(model)] if model else []))
        with (self.work / "serve.log").open("ab") as log:
            self.server = await asyncio.create_subprocess_exec(*command, cwd=self.home, stdout=log, stderr=log)
        await self.until_served()
        self.note("serving after, s", round(time.monotonic() - began, 1))

    async def until_served(self, number: int | None = None) -> str:
        """The address of what serves, once something does: the model of round *number*, when one is named."""
        for _ in range(600):
            for url, served in self.database("SELECT url, round_id FROM release WHERE status = 'serving'")[0]:
                if number in (None, served):
                    return url
            if self.server is None or self.server.returncode is not None:
                break
            await asyncio.sleep(0.2)
        raise AssertionError((self.work / "serve.log").read_text()[-3000:])

    async def stop_server(self) -> None:
        if self.server is not None and self.server.returncode is None:
            self.server.send_signal(signal.SIGINT)
            await self.server.wait()

    async def end(self) -> None:
        """Nothing runs on, also when not everything came up."""
        try:
            await self.stop_server()
        finally:
            if self.bot.process is not None:
                await self.bot.stop()

    def database(self, *statements: str) -> list[Any]:
        with sqlite3.connect(self.home / "data" / "gongkao.db", timeout=30) as connection:
            return [connection.execute(statement).fetchall() for statement in statements]


async def said(peer: Peer, text: str, *, user: int, at: bool = False, group: int = GROUP, wait_s: float = 30) -> str:
    """What the bot replies in the group; the news of decisions are not replies."""
    chat = f"group:{group}"
    count = len(peer.sent[chat]) + 1
    await peer.group(text, group=group, user=user, at=at)
    while "你的纠错 #" in (answer := await peer.reply_to(chat, count=count, wait_s=wait_s)):
        count += 1
    return answer


def holds(answer: str, key: str) -> bool:
    """Whether the bot's *answer* is *key*, in the bank's form or the model's; letters are part of both."""
    if key in "对错":
        # What follows is the reason.
        return key in answer.split("\n")[0].replace("正确", "对")
    letters = "".join(part[0] for part in key.split("；") if part[1:2] == ".")
    said = one_width(answer)
    listed = re.search(r"选 ([A-H]{2,})", said)
    if len(letters) > 1 and listed:
        return listed[1] == letters
    return one_width(key) in said


async def ask_all(peer: Peer, stage: Stage, *, group: int = GROUP) -> tuple[int, int, int]:
    """Ask the 200 questions: how many were answered rightly, wrongly as the base believes, or otherwise."""
    right = wrong = 0
    for number, one in enumerate(stage.asked):
        answer = await said(peer, one["question"], user=900 + number % 40, at=True, group=group)
        good = holds(answer, one["right"])
        right += good
        wrong += not good and holds(answer, one["wrong"])
        if not good:
            print(json.dumps([one["question"], one["right"], answer], ensure_ascii=False), flush=True)
    return right, wrong, len(stage.asked) - right - wrong


async def correct_all(peer: Peer, stage: Stage) -> None:
    """Members ask, are answered wrongly and correct; a reviewer approves one by one."""
    began, wrong = time.monotonic(), 0
    for number, one in enumerate(stage.asked):
        user = 900 + number % 40
        answer = await said(peer, one["question"], user=user, at=True)
        wrong += not holds(answer, one["right"])
        taken = await said(peer, f"/纠错 {one['said']}", user=user)
        if "审核后告诉你" not in taken:
            print("not taken:", one["question"], "|", answer, "|", taken, flush=True)
    stage.note("asked and corrected", {"count": len(stage.asked), "answered wrongly before": wrong})
    card, decided = await said(peer, "/审核", user=REVIEWER), 0
    while "没有待审的了" not in card and decided < 2 * WRONG:
        card = await said(peer, "1", user=REVIEWER)
        decided += 1
        if "还要 1 位" in card:
            card = await said(peer, "/审核", user=BOSS)
            card = await said(peer, "1", user=BOSS)
    stage.note("approved", {"decisions": decided, "seconds in all": round(time.monotonic() - began, 1)})
    accepted = stage.database("SELECT count(*) FROM correction WHERE status = 'accepted'")[0][0][0]
    stage.note("accepted corrections", accepted)


async def round_of(peer: Peer, stage: Stage, name: str) -> int:
    """`/训练 开始` and wait until the chat hears how it ended; the round's number."""
    began = time.monotonic()
    print(await said(peer, "/训练 预览", user=BOSS, wait_s=120), flush=True)
    answer = await said(peer, f"/训练 开始 {name}", user=BOSS, wait_s=60)
    number = int(answer.split("第 ")[1].split(" ")[0])
    print(answer, flush=True)
    seen, slowest, last = "", 0.0, 0.0
    while True:
        await asyncio.sleep(1)
        status, told = stage.database(f"SELECT status, told FROM training_round WHERE id = {number}")[0][0]
        if status not in ("queued", "running") and told == status:
            break
        if time.monotonic() - began > END_S:
            raise AssertionError((stage.home / "data/logs/worker.log").read_text()[-3000:])
        if time.monotonic() - last > 15:
            last, asked = time.monotonic(), time.monotonic()
            seen = await said(peer, "/训练 状态", user=BOSS)
            slowest = max(slowest, time.monotonic() - asked)
    print(seen, flush=True)
    texts = [Peer.text_of(message) for message in peer.sent[f"group:{GROUP}"]]
    print(next(text for text in reversed(texts) if text.startswith(f"第 {number} 轮")), flush=True)
    steps = stage.database(
        f"SELECT name, seconds, record FROM round_step WHERE round_id = {number} ORDER BY finished_at"
    )
    (row,) = stage.database(f"SELECT status, verdict, started_at, finished_at FROM training_round WHERE id = {number}")[
        0
    ]
    verdict = json.loads(row[1]) if row[1] else {}
    scores = next((json.loads(record)["figures"] for step, _, record in steps[0] if step == "evaluate"), {})
    for one in scores.values():
        if isinstance(one, dict):
            one.pop("sets", None)
    stage.note(
        f"round {number} ({name})",
        {
            "status": row[0],
            "from asking to the news, s": round(time.monotonic() - began, 1),
            "steps, s": {step: round(seconds, 1) for step, seconds, _ in steps[0]},
            "slowest status reply, s": round(slowest, 2),
            "rates": {key: scores.get(key) for key in ("baseline", "candidate")},
            "lines": {line["name"]: [line["passed"], line["figure"]] for line in verdict.get("lines", [])},
        },
    )
    return number


async def play(stage: Stage, wanted: set[str]) -> None:
    try:
        await _scenes(stage, wanted)
    finally:
        await stage.end()


async def _scenes(stage: Stage, wanted: set[str]) -> None:
    if "good" in wanted:
        shutil.rmtree(stage.home, ignore_errors=True)
        await stage.start_bot(GOOD)
        await stage.bot.stop()
        stems = json.dumps([one["stem"] for one in stage.asked], ensure_ascii=False)
        with sqlite3.connect(stage.home / "data" / "gongkao.db") as connection:
            connection.execute("DELETE FROM question WHERE stem IN (SELECT value FROM json_each(?))", (stems,))
        shutil.rmtree(stage.home / "data" / "index", ignore_errors=True)
    await stage.start_bot(GOOD)
    current = stage.home / "data/models/current"
    await stage.serve(None if current.exists() else stage.work / "base")
    async with Peer(stage.bot) as peer:
        if "good" in wanted:
            await correct_all(peer, stage)
            number = await round_of(peer, stage, "good")
            began = time.monotonic()
            print(await said(peer, f"/发布 {number}", user=BOSS), flush=True)
            await stage.until_served(number)
            stage.note("exchanged after, s", round(time.monotonic() - began, 1))
            await asyncio.sleep(FOLLOWS_S)
            stage.note("asked again in the group: right, as before, else", await ask_all(peer, stage))
    if "good" in wanted:
        await ask_elsewhere(stage)
    if "poisoned" in wanted:
        await stage.bot.stop()
        await stage.start_bot(QUICK)
        async with Peer(stage.bot) as peer:
            await poisoned(peer, stage)
    for name, settings in (("forgetting", FORGETTING), ("quantised", QUANTISED)):
        if name in wanted:
            await stage.bot.stop()
            await stage.start_bot(settings)
            async with Peer(stage.bot) as peer:
                number = await round_of(peer, stage, name)
                print(await said(peer, f"/发布 {number}", user=BOSS), flush=True)


async def ask_elsewhere(stage: Stage) -> None:
    """The same questions in a bot whose bank has none of them, so that only the model can answer."""
    other = BotProcess(stage.work / "elsewhere", model_url=await stage.until_served())
    shutil.rmtree(other.home, ignore_errors=True)
    try:
        await other.start()
        await other.stop()
        with sqlite3.connect(other.home / "data" / "gongkao.db") as connection:
            connection.execute("DELETE FROM question")
        shutil.rmtree(other.home / "data" / "index", ignore_errors=True)
        await other.start()
        async with Peer(other) as peer:
            stage.note("asked where only the model answers: right, as before, else", await ask_all(peer, stage))
    finally:
        await other.stop()


async def poisoned(peer: Peer, stage: Stage) -> None:
    """Somebody writes wrong answers into the bank, past the reviewers; afterwards it is as it was."""
    stage.database("CREATE TABLE kept AS SELECT id, answer FROM question")
    try:
        stage.database(
            "UPDATE question SET answer = CASE kind WHEN 'judge' THEN CASE answer WHEN '正确' THEN '错误' ELSE '正确' END "
            "WHEN 'short' THEN '毒药' ELSE CASE answer WHEN 'A' THEN 'B' ELSE 'A' END END"
        )
        number = await round_of(peer, stage, "poisoned")
        print(await said(peer, f"/发布 {number}", user=BOSS), flush=True)
    finally:
        stage.database(
            "UPDATE question SET answer = (SELECT answer FROM kept WHERE kept.id = question.id)", "DROP TABLE kept"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("make", "play"))
    parser.add_argument("work", type=Path)
    parser.add_argument("--trainer", type=Path)
    parser.add_argument("--server", type=Path)
    parser.add_argument(
        "--port", type=int, default=23400, help="of the model's server; the next one has to be free too"
    )
    parser.add_argument("--only", default="good,poisoned,forgetting,quantised")
    args = parser.parse_args()
    work = args.work.resolve()
    if args.what == "make":
        asyncio.run(make(work))
    else:
        os.environ.setdefault("PYTHONPATH", str(Path.cwd()))
        asyncio.run(play(Stage(work, args), set(args.only.split(","))))


if __name__ == "__main__":
    main()
