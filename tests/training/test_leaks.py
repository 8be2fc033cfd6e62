"""The check finds what is held out and trained on all the same, in files that nobody vouches for."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from inference.prompts import training_turn
from store.db import Sessions
from tests.training import rows
from training.datasets import leaks, splitting, versions
from training.datasets.building import build
from training.datasets.errors import DamagedVersion, Leaked
from training.datasets.held_out import read_question
from training.datasets.leaks import find_leaks
from training.datasets.settings import DatasetSettings
from training.datasets.workers import Workers

STEM = "《红楼梦》中被称为“金陵十二钗”之首的女子寄居在外祖母家，她的名字叫"
OPTIONS = ["林黛玉", "薛宝钗", "贾元春", "贾探春"]


def _lettered(stem: str, options: list[str]) -> str:
    return "\n".join([stem, *(f"{'ABCD'[at]}. {option}" for at, option in enumerate(options))])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that hold out two questions and train on 300 others."""
    short = {"input": STEM, "fingerprint": "1" * 32}
    choice = {"input": _lettered("下列人物中，属于《水浒传》里天罡星的有哪一位好汉", ["甲", "乙", "丙", "丁"])}
    _write(tmp_path, "holdout.jsonl", [short, choice])
    _write(tmp_path, "former.jsonl", [{"input": "从前留出、如今已经不在题库里的那道题问的是谁"}])
    _write(tmp_path, "refusals.jsonl", [{"input": "明天的彩票开什么号"}])
    _write(tmp_path, "guard.jsonl", [{"input": "把 12 和 30 加起来"}])
    _train(tmp_path, [])
    return tmp_path


def _write(folder: Path, name: str, lines: list[dict[str, object]]) -> None:
    (folder / name).write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def _train(folder: Path, planted: list[str]) -> None:
    texts = [row.stem for row in rows.many(1, 300)]
    texts[150:150] = planted
    _write(folder, "train.jsonl", [{"conversation": [training_turn(text, "答案")]} for text in texts])


async def test_clean_files_have_none(folder: Path) -> None:
    with Workers(1) as workers:
        assert await find_leaks(folder, workers) == []


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        (STEM, "一模一样"),
        (STEM.replace("“", "「").replace("”", "」").replace("，", " ") + "（ ）。", "一模一样"),
        (STEM.replace("女子", "姑娘"), "题干几乎一样"),
        ("请问" + STEM, "题干几乎一样"),
        (STEM[1:].replace("，", "，那么"), "题干几乎一样"),
        (_lettered(STEM, OPTIONS), "题干几乎一样"),
        (_lettered("下列人物中，属于《水浒传》里天罡星的有哪一位好汉", ["丙", "丁", "甲", "乙"]), "一模一样"),
        (_lettered("属于《水浒传》里天罡星的有哪一位好汉（ ）", ["丁", "乙", "丙", "甲"]), "选项相同、题干相近"),
        (_lettered("下列人物中，属于《水浒传》里天罡星的是哪一位好汉", ["甲", "乙", "丙", "戊"]), "几乎一样"),
        ("从前留出、如今已经不在题库里的那道题问的是谁？", "一模一样"),
        ("明天的彩票开什么号？", "一模一样"),
        ("把12和30加起来", "一模一样"),
    ],
)
async def test_a_planted_leak_is_found(folder: Path, planted: str, kind: str) -> None:
    _train(folder, [planted])
    with Workers(1) as workers:
        (finding,) = await find_leaks(folder, workers)
    assert kind in finding.kind


async def test_every_block_is_read_to_its_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "_BLOCK", 700)
    _train(folder, [STEM])
    with Workers(1) as workers:
        assert len(await find_leaks(folder, workers)) == 1
    size = (folder / "train.jsonl").stat().st_size
    blocks = [leaks.Block(folder, "", start, 700) for start in range(0, size, 700)]
    read = [text for block in blocks for _, text in leaks._inputs(block)]
    lines = (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()
    assert read == [json.loads(line)["conversation"][0]["input"] for line in lines]


def test_a_question_is_taken_apart_as_it_was_laid_out() -> None:
    question = read_question("材料\n题干\nA. 甲\n续行\nB. 乙")
    assert question == ("材料题干", ("乙", "甲续行"))
    assert read_question("A. 只有选项") == ("", ("只有选项",))


async def test_a_leaking_build_leaves_no_version(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the splitting had missed that two held-out questions are trained on in other words."""
    await rows.fill(sessions, count=30)
    root = tmp_path / "sets"
    config = DatasetSettings(holdout_percent=30)
    built = await build(sessions, root, config, day=date(2026, 4, 1))
    held = json.loads((root / built.name / "holdout.jsonl").read_text(encoding="utf-8").splitlines()[0])
    async with sessions.begin() as session:
        session.add(rows.question(90, "请问" + held["stem"], "A" if held["options"] else "甲", options=held["options"]))
    monkeypatch.setattr("training.datasets.splitting.Splitter._settle", lambda *_: None)
    with pytest.raises(Leaked, match="漏进了训练集"):
        await build(sessions, root, config.model_copy(update={"holdout_percent": 0}), day=date(2026, 4, 1))
    assert sorted(path.name for path in root.iterdir()) == [".lock", "v0001"]


async def test_a_pair_that_the_splitting_missed_is_taken_out_of_the_holdout(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sessions.begin() as session:
        for number, row in enumerate(rows.many(1, 40), start=1):
            twin = rows.question(1000 + number, "请问" + row.stem, row.answer, options=row.options)
            session.add_all([row, twin])
    found = splitting.neighbours
    none = np.zeros(0, dtype=np.int64)
    monkeypatch.setattr(splitting, "neighbours", lambda *_: (none, none))
    config = DatasetSettings(holdout_percent=30)
    built = await build(sessions, tmp_path / "sets", config, day=date(2026, 4, 1))
    assert built.manifest["left_out"]["与训练、留出两边的题都相近"] > 3
    version = await versions.find(sessions, tmp_path / "sets", "")
    await versions.check(version)
    # It stays so when the splitting sees the pair.
    monkeypatch.setattr(splitting, "neighbours", found)
    assert not (await build(sessions, tmp_path / "sets", config, day=date(2026, 4, 1))).fresh


async def test_damage_and_leaks_in_a_version_are_found_later(sessions: Sessions, tmp_path: Path) -> None:
    await rows.fill(sessions, count=30)
    root = tmp_path / "sets"
    await build(sessions, root, DatasetSettings(holdout_percent=30), day=date(2026, 4, 1))
    version = await versions.find(sessions, root, "")
    await versions.check(version)
    train = version.folder / "train.jsonl"
    content = train.read_bytes()
    train.write_bytes(content + b"\n")
    with pytest.raises(DamagedVersion, match=r"train\.jsonl"):
        await versions.check(version)
    train.write_bytes(content)
    await versions.check(version)
    (version.folder / "gate.jsonl").unlink()
    with pytest.raises(DamagedVersion, match=r"gate\.jsonl"):
        await versions.check(version)
