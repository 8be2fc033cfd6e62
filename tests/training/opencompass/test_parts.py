from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.prompts import UNSURE
from tests.training.opencompass.papers import SETS
from training.datasets.extras import guard_lines
from training.evaluation.extra import read_extra
from training.evaluation.items import Item, ItemSet
from training.opencompass.errors import BadSet
from training.opencompass.parts import Part, partial, write_parts


def rows(part: Part) -> list[dict]:
    return [json.loads(line) for line in part.file.read_text(encoding="utf-8").splitlines()]


def test_a_set_is_split_by_how_its_replies_are_marked(tmp_path: Path):
    parts = {part.name: part for part in write_parts(SETS, tmp_path)}
    counts = {name: part.count for name, part in parts.items()}
    assert counts == {"corrected-short": 2, "holdout-choice": 6, "holdout-judge": 4, "holdout-short": 8}
    assert {name: len(rows(part)) for name, part in parts.items()} == counts
    assert rows(parts["corrected-short"])[0] == {
        "input": "火星首都是",
        "gold": UNSURE,
        "accepted": [UNSURE],
        "options": [],
    }
    assert rows(parts["holdout-choice"])[4]["gold"] == "AC"
    assert [row["gold"] for row in rows(parts["holdout-judge"])] == ["对", "错", "对", "错"]


def test_a_limit_takes_questions_from_the_whole_set(tmp_path: Path):
    parts = write_parts(SETS, tmp_path, limit=6)
    assert sum(part.count for part in parts if part.set == "holdout") == 6
    assert {part.marking for part in parts if part.set == "holdout"} == {"choice", "judge", "short"}
    assert partial(SETS, parts) == ["holdout"]
    assert partial(SETS, write_parts(SETS, tmp_path)) == []


def test_of_the_guard_set_what_a_text_or_a_number_settles_is_taken(tmp_path: Path):
    items = tuple(
        Item(line["id"], "guard", line["area"], line["input"], check=line["check"], accepted=(line["output"],))
        for line in guard_lines()
    )
    guard = [ItemSet("guard", "通用能力", items)]
    assert sum(part.count for part in write_parts(guard, tmp_path, limit=30)) == 30
    parts = {part.name: part for part in write_parts(guard, tmp_path)}
    assert partial(guard, list(parts.values())) == ["guard"]
    assert parts.keys() == {"guard-short", "guard-number"}
    assert sum(part.count for part in parts.values()) > 80
    assert all(float(row["gold"]) is not None for row in rows(parts["guard-number"]))


@pytest.mark.parametrize(
    ("file", "header"),
    [("val/marxism_val.csv", "id,question,A,B,C,D,answer"), ("test/marxist_theory.csv", ",Question,A,B,C,D,Answer")],
)
def test_folders_as_of_ceval_and_cmmlu_become_a_set(file: str, header: str, tmp_path: Path):
    folder = tmp_path / "C Eval"
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_text(f"{header}\n0,中国的首都是,上海,北京,广州,南京,B\n", encoding="utf-8")
    (part,) = write_parts([read_extra(folder)], tmp_path / "out")
    assert (part.name, part.set, part.count) == ("extra-C-Eval-choice", "extra/C Eval", 1)
    assert rows(part)[0]["gold"] == "B"
    assert rows(part)[0]["input"].startswith("中国的首都是\nA. 上海\nB. 北京")


def test_sets_that_would_share_a_file_and_nothing_at_all_are_refused(tmp_path: Path):
    items = (Item("1", "short", "", "x", "y", accepted=("y",)),)
    with pytest.raises(BadSet, match="名字太像"):
        write_parts([ItemSet("extra/a b", "", items), ItemSet("extra/a-b", "", items)], tmp_path)
    with pytest.raises(BadSet, match="空的"):
        write_parts([ItemSet("holdout", "", ())], tmp_path)
