"""Split and transformed unedited, a worksheet gives exactly the questions that the importer reads."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.importing.bank_item import bank_item
from bot.services.importing.reader import read
from bot.services.importing.rows import Aside, Rejected, Row
from bot.services.worksheets import Split, Transformed, split_file, transform_file
from bot.services.worksheets.cell_text import REPLACEMENT
from bot.services.worksheets.edited_book import opened
from bot.services.worksheets.names import GUIDE
from bot.services.worksheets.source_lines import lines_of
from bot.services.worksheets.transforming import turn_of
from store.wording import normal_form
from tests.bot.worksheets.conftest import report_of, turns_of


def round_trip(file: Path, folder: Path) -> tuple[Split, Transformed]:
    split = split_file(file, folder / "round.xlsx", force=True)
    return split, transform_file(split.out, folder / "round.jsonl", force=True)


def check(file: Path, folder: Path) -> tuple[Split, Transformed]:
    """Require that nothing of *file* is lost or changed on the way."""
    items = list(read(file))
    rows = [item for item in items if isinstance(item, Row)]
    split, done = round_trip(file, folder)
    assert turns_of(done.out) == [turn_of(row) for row in rows if row.answer]
    assert split.questions == done.rows == done.written + done.problems == len(rows)
    assert done.problems == split.unanswered == sum(not row.answer for row in rows)
    assert split.unread.total() == sum(isinstance(item, Rejected) for item in items)
    assert split.other_lines >= sum(isinstance(item, Aside) for item in items)
    assert len({line["行号"] for line in report_of(done.out)}) == done.rows + 1
    return split, done


@pytest.mark.slow
def test_the_seed_comes_through_whole(real_data: Path, tmp_path: Path) -> None:
    file = real_data / "seed" / "src.docx"
    split, done = check(file, tmp_path)
    assert (split.questions, split.unread.total(), split.other_lines, split.replaced) == (41_679, 10, 7, 0)
    assert (done.written, done.problems) == (41_679, 0)
    # The original's answers went through Excel cells: 5% became 0.05, 5月31日 the number 45442.
    assert _agreement(done.out, real_data / "seed" / "output.jsonl") == {
        "same": 10_285,
        "other answer": 111,
        "no such question": 1,
    }
    # Every line of the document is in one of the sheets.
    shown: set[int] = set()
    texts: list[str] = []
    with opened(split.out) as sheets:
        for sheet in sheets:
            if sheet.title != GUIDE:
                for row in islice(sheet.rows(), 1, None):
                    shown.add(int(row.shown(0)))
                    texts += [row.shown(column) for column in row.filled()]
    lines = lines_of(file, [])
    kept = normal_form("".join(texts))
    assert [line for number, line in lines.items() if number not in shown and normal_form(line) not in kept] == []


def _agreement(out: Path, original: Path) -> Counter[str]:
    """How the conversations of the original project's data set compare with those in *out*."""
    ours: dict[str, set[str]] = {}
    for turn in turns_of(out):
        ours.setdefault(normal_form(turn["input"]), set()).add(normal_form(turn["output"]))
    found = Counter[str]()
    for line in original.read_text(encoding="utf-8").splitlines():
        turn = json.loads(line)["conversation"][0]
        answers = ours.get(normal_form(turn["input"]))
        same = answers is not None and normal_form(turn["output"]) in answers
        found["no such question" if answers is None else "same" if same else "other answer"] += 1
    return found


def test_the_original_projects_own_sheet_can_be_transformed(real_data: Path, tmp_path: Path) -> None:
    done = transform_file(real_data / "seed" / "src.xlsx", tmp_path / "a.jsonl")
    assert (done.rows, done.written, done.problems) == (10_397, 10_389, 8)
    assert sum("时间" in reason for reason in done.reasons) == 3


@pytest.mark.parametrize(
    "name", ["党建题库.docx", "常识_选项在题干内.xlsx", "民族宗教.xlsx", "百科竞赛_无表头.xlsx", "xxt.xlsx"]
)
def test_real_banks_come_through_whole(real_data: Path, tmp_path: Path, name: str) -> None:
    check(real_data / "banks" / name, tmp_path)


def test_real_papers_come_through_whole(real_data: Path, tmp_path: Path) -> None:
    for file in (real_data / "papers").glob("*.docx"):
        check(file, tmp_path)


def test_starter_questions_of_every_kind_come_through_whole(tmp_path: Path) -> None:
    for file in sorted(Path("bot/starter_bank").glob("*.jsonl")):
        split, done = check(file, tmp_path)
        assert set(done.kinds) == set(split.kinds) == {"short", "single", "multiple", "judge"}


TEXT = st.text(min_size=1, max_size=20)
_NONCHARACTERS = {0xFFFE: REPLACEMENT, 0xFFFF: REPLACEMENT}


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    """Bank items of any kind with any texts."""
    kind = draw(st.sampled_from(["short", "single", "multiple", "judge"]))
    options = draw(st.lists(TEXT, min_size=2, max_size=8)) if kind in ("single", "multiple") else []
    letters = "ABCDEFGH"[: len(options)]
    answers = {
        "short": TEXT,
        "judge": st.sampled_from(["正确", "错误"]),
        "single": st.sampled_from(letters or "A"),
        "multiple": st.sets(st.sampled_from(letters or "A"), min_size=2).map("".join) if options else TEXT,
    }
    return {
        "kind": kind,
        "stem": draw(TEXT),
        "options": options,
        "answer": draw(answers[kind]),
        "explanation": draw(st.text(max_size=20)),
        "material": draw(st.text(max_size=20)),
    }


@settings(max_examples=40, deadline=None)
@given(found=st.lists(items(), min_size=1, max_size=12))
def test_questions_of_any_text_come_through(
    tmp_path_factory: pytest.TempPathFactory, found: list[dict[str, Any]]
) -> None:
    rows = [row for number, item in enumerate(found, 1) if isinstance(row := bank_item(number, item, ""), Row)]
    if not rows:
        return
    folder = tmp_path_factory.mktemp("trip")
    (folder / "a.jsonl").write_text(
        "".join(json.dumps(item, ensure_ascii=True) + "\n" for item in found), encoding="utf-8"
    )
    split, done = round_trip(folder / "a.jsonl", folder)
    assert (split.questions, split.questions + split.unread.total()) == (len(rows), len(found))
    assert done.written + done.problems == len(rows)
    # An answer of nothing but punctuation is the one thing that a bank item may have and a data set not.
    assert all(reason.endswith("答案只有标点") for reason in done.reasons)
    left_out = {int(line["行号"]) for line in report_of(done.out) if line["结果"] == "有问题"}
    # Tidying has taken out what xlsx cannot hold, but for two characters that are none.
    texts = [{key: text.translate(_NONCHARACTERS) for key, text in turn_of(row).items()} for row in rows]
    assert turns_of(done.out) == [turn for at, turn in enumerate(texts, 2) if at not in left_out]
