"""``python -m training evaluate …`` as a person and another program see it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.fakes import free_port
from tests.training.evaluation import version
from tests.training.evaluation.served import Served
from training.evaluation.commands import app

HOLDOUT = version.many(0, 30)
KNOWN = version.knows(*HOLDOUT)


@pytest.fixture
def server() -> Iterator[Served]:
    """In a thread of its own: the commands have loops of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    served = Served(lambda asked: "懒惰" if "反义词" in asked else KNOWN.get(asked, "没有把握"))
    asyncio.run_coroutine_threadsafe(served.__aenter__(), loop).result(5)
    yield served
    asyncio.run_coroutine_threadsafe(served.__aexit__(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def call(*words: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "120"})
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_asking_showing_and_comparing(server: Served, tmp_path: Path) -> None:
    folder = version.write(tmp_path / "v0007", holdout=HOLDOUT, guard=4, refusals=3)
    (tmp_path / "ceval").mkdir()
    rows = "id,question,A,B,C,D,answer\n0,没人知道的,甲,乙,丙,丁,B\n"
    (tmp_path / "ceval" / "logic_val.csv").write_text(rows, encoding="utf-8")
    asked = ("run", "--server", server.url, "--dataset", folder, "--family", "qwen", "--extra", tmp_path / "ceval")
    *steps, last = map(json.loads, call(*asked, "--out", tmp_path / "a", "--json").stdout.splitlines())
    assert {step["stage"] for step in steps} >= {"提问", "量延迟"}
    assert last["result"]["sets"]["holdout"]["right"] == 30
    assert last["result"]["sets"]["extra/ceval"]["right"] == 0

    forgotten = HOLDOUT[0]["input"]
    KNOWN_NOW = {**KNOWN, forgotten: "D. [不对]"}
    server.answer = lambda one: "懒惰" if "反义词" in one else KNOWN_NOW.get(one, "没有把握")
    said = call(*asked, "--out", tmp_path / "b").stdout
    for words in ("candidate 在 v0007", "留出的题", "96.7%", "通用能力", "ceval", "法律", "用时"):
        assert words in said
    assert call("show", tmp_path / "b").stdout == said
    (shown,) = map(json.loads, call("show", tmp_path / "b", "--json").stdout.splitlines())
    assert shown["result"]["dataset"] == "v0007"

    said = call("compare", tmp_path / "b", tmp_path / "a").stdout
    for words in ("-3.3", "变错", "原来对、现在错的有 1 题", KNOWN[forgotten], "D. [不对]"):
        assert words in said
    (told,) = map(json.loads, call("compare", tmp_path / "b", tmp_path / "a", "--json").stdout.splitlines())
    assert told["result"]["worst"][0]["input"] == forgotten


def test_mistakes_are_one_chinese_sentence(tmp_path: Path) -> None:
    folder = version.write(tmp_path / "v", holdout=HOLDOUT)
    gone = f"http://127.0.0.1:{free_port()}"
    asked = ("run", "--server", gone, "--out", tmp_path / "o", "--dataset")
    assert "没有服务在听" in call(*asked, folder, code=1).stderr
    (told,) = [
        line for line in map(json.loads, call(*asked, folder, "--json", code=1).stdout.splitlines()) if "error" in line
    ]
    assert "没有服务在听" in told["error"]
    assert "打不开" in call(*asked, tmp_path / "nowhere", code=1).stderr
    assert "没有评测结果" in call("show", tmp_path, code=1).stderr
    assert "没有评测结果" in call("compare", tmp_path, tmp_path, code=1).stderr
