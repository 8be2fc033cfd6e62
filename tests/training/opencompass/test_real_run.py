"""Both of the original project's ways with the real OpenCompass 0.5.4, on a CPU.

``make environments`` makes what it runs in.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from inference.chat_template import QWEN
from inference.prompts import SYSTEM_PROMPT, training_turn
from tests.environments import python_of
from tests.training.opencompass.papers import CORRECTED, HOLDOUT, SETS, right
from tests.training.opencompass.server import FakeServer
from training.evaluation.items import Item
from training.opencompass import results
from training.opencompass.errors import Cancelled, MissingScores, NotReady, ServerDown
from training.opencompass.parts import write_parts
from training.opencompass.rendering import Local, Served, render
from training.opencompass.results import Score
from training.opencompass.running import command_of, referee
from training.opencompass.settings import OpencompassSettings

pytestmark = [pytest.mark.slow]

KNOWN_BY_HEART = 14
ITEMS = [item for one in SETS for item in one.items]
SETTINGS = OpencompassSettings(max_out_len=24, max_seq_len=1024, request_timeout_s=10)


@pytest.fixture(scope="session")
def python() -> Path:
    return python_of("evaluation")


@pytest.fixture(scope="session")
def tiny_model(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that learnt the first questions' replies in exactly the words that training uses."""
    folder = tmp_path_factory.mktemp("tiny")
    script = Path(__file__).with_name("tiny_model.py")
    marks = ["<|im_end|>", "<|endoftext|>", "<|im_start|>"]
    wanted = {"marks": marks, "texts": [_learnt(item) for item in ITEMS[:KNOWN_BY_HEART]]}
    subprocess.run([python, script, folder], input=json.dumps(wanted), text=True, check=True, capture_output=True)
    return folder


def _learnt(item: Item) -> tuple[str, str]:
    turn = training_turn(item.input, right(item))
    asked = QWEN.render(turn, with_answer=False)
    return asked, QWEN.render(turn, with_answer=True).removeprefix(asked)


def predictions(folder: Path, verdict: results.Verdict, part: str) -> list[dict]:
    file = folder / verdict.run / "predictions" / "model" / f"{part}.json"
    return list(json.loads(file.read_text(encoding="utf-8")).values())


async def test_a_local_model_is_asked_in_the_words_it_was_trained_on(tiny_model: Path, python: Path, tmp_path: Path):
    seen: list[tuple[str, int, int]] = []
    verdict = await referee(
        Local(tiny_model, QWEN, on_cpu=True),
        SETS,
        tmp_path,
        python=python,
        settings=SETTINGS,
        stop=asyncio.Event(),
        report=lambda stage, done, total: seen.append((stage, done, total)),
    )

    # It knows the two corrected ones, the eight short ones and four of the six with options by heart.
    assert verdict.sets["corrected"] == Score(n=2, exact=100, contains=100)
    assert verdict.parts["holdout-short"] == Score(n=8, exact=100, contains=100)
    assert verdict.parts["holdout-choice"].exact >= 100 * 4 / 6
    first = predictions(tmp_path, verdict, "holdout-choice")[0]
    turn = training_turn(HOLDOUT.items[8].input, "")
    assert first["origin_prompt"] == QWEN.render(turn, with_answer=False)
    assert first["prediction"] == "B. 北京"
    assert seen[0] == ("OpenCompass 启动", 0, 20)
    assert seen[-1] == ("OpenCompass 评分", 20, 20)
    assert results.load(tmp_path) == verdict


async def test_a_server_gets_our_messages_and_each_mark_is_ours(python: Path, tmp_path: Path):
    replies = {item.input: right(item) for item in ITEMS}
    oddities = {
        "世界上最大的宫殿是": "答案：故宫。\n它在北京。",
        "一年有多少个月": "１２",
        "水的化学式是": "化学式是H2O",
        "中国最长的河流是": "黄河",
        "地球绕太阳转": "正确。",
        "鲸是鱼": "这个说法不对",
    }
    replies |= oddities
    replies[HOLDOUT.items[8].input] = "答案是B"
    replies[HOLDOUT.items[12].input] = "A、C"
    replies[HOLDOUT.items[13].input] = "ABC"
    async with FakeServer(replies).running() as server:
        verdict = await referee(
            Served(server.url, "gongkao"),
            SETS,
            tmp_path,
            python=python,
            settings=SETTINGS,
            stop=asyncio.Event(),
            api_key=SecretStr("sk-of-nobody"),
        )

    assert verdict.sets["corrected"] == Score(n=2, exact=100, contains=100)
    assert verdict.parts["holdout-short"] == Score(n=8, exact=75, contains=87.5)
    assert verdict.parts["holdout-choice"] == Score(n=6, exact=83.3333, contains=83.3333)
    assert verdict.parts["holdout-judge"] == Score(n=4, exact=75, contains=100)
    assert verdict.sets["holdout"].n == 18
    assert len(server.asked) == 20
    asked = {body["messages"][1]["content"]: body for body in server.asked}
    assert asked.keys() == {item.input for item in ITEMS}
    assert all(body["messages"][0] == {"role": "system", "content": SYSTEM_PROMPT} for body in server.asked)
    assert {len(body["messages"]) for body in server.asked} == {2}
    assert {body["temperature"] for body in server.asked} == {0}
    assert server.keys == {"Bearer sk-of-nobody"}
    texts = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(b"sk-of-nobody" in text for text in texts)


async def test_a_server_that_dies_on_the_way_is_told_as_such(python: Path, tmp_path: Path):
    async with FakeServer({}, dies_after=10).running() as server:
        with pytest.raises(ServerDown, match=r"中断了.*holdout-choice、holdout-judge、holdout-short"):
            await referee(
                Served(server.url, "gongkao"), SETS, tmp_path, python=python, settings=SETTINGS, stop=asyncio.Event()
            )
    with pytest.raises(NotReady):
        results.load(tmp_path)


def test_exit_code_0_without_a_server_is_no_success(python: Path, tmp_path: Path):
    """As people run OpenCompass by hand: without --debug, in processes of its own; here only to ask, for time."""
    parts = write_parts([CORRECTED], tmp_path / "questions")
    nobody = Served("http://127.0.0.1:9", "gongkao")
    (tmp_path / "config.py").write_text(render(nobody, parts, SETTINGS, title="nobody there"), encoding="utf-8")
    command = command_of(python, tmp_path)
    argv = [word for word in command.argv if word != "--debug"] + ["--mode", "infer"]

    ended = subprocess.run(argv, cwd=tmp_path, env={**os.environ, **command.env}, capture_output=True, check=False)

    assert ended.returncode == 0
    (run,) = tmp_path.glob("2*")
    with pytest.raises(MissingScores, match="corrected-short：没有结果文件"):
        results.read_scores(run, parts)


async def test_cancelling_ends_it_at_once_and_leaves_no_process(python: Path, tmp_path: Path):
    stop = asyncio.Event()

    async def cancel() -> None:
        await asyncio.sleep(2)
        stop.set()

    cancelling = asyncio.create_task(cancel())
    with pytest.raises(Cancelled):
        await referee(Served("http://127.0.0.1:9", "x"), SETS, tmp_path, python=python, settings=SETTINGS, stop=stop)
    await cancelling
    assert not [entry for entry in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path).encode() in _read(entry)]


def _read(entry: Path) -> bytes:
    try:
        return entry.read_bytes()
    except OSError:
        return b""
