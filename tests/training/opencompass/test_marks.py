"""The referee's own reading of replies; the file is loaded by its path, as it belongs to another environment."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import pytest

from training.opencompass.running import PLUGINS


@pytest.fixture(scope="module")
def marks() -> Any:
    spec = importlib.util.spec_from_file_location("gongkao_marks_under_test", PLUGINS / "gongkao_marks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("reply", "accepted", "expected"),
    [
        ("故宫", ["故宫"], (True, True)),
        ("答案是：故宫。\n因为它大", ["故宫", "紫禁城"], (True, True)),
        ("<think>凡尔赛宫？</think>\n\n紫禁城", ["故宫", "紫禁城"], (True, True)),
        ("１２", ["12"], (True, True)),
        ("是故宫，不是卢浮宫", ["故宫"], (False, True)),
        ("凡尔赛宫", ["故宫"], (False, False)),
        ("", ["故宫"], (False, False)),
        ("随便", ["。"], (False, False)),
    ],
)
def test_short_answers(marks: Any, reply: str, accepted: list[str], expected: tuple[bool, bool]):
    assert marks.short(reply, accepted) == expected


@pytest.mark.parametrize(
    ("reply", "letters"),
    [
        ("B. 北京", "B"),
        ("A. 重庆；C. 天津", "AC"),
        ("A、C", "AC"),
        ("CA", "AC"),
        ("答案：ＡＣ", "AC"),
        ("选A和C", "AC"),
        ("重庆和天津\nA. 重庆", ""),
        ("GDP 增长", ""),
        ("CBD", "BCD"),
        ("APEC 峰会", ""),
    ],
)
def test_letters_stand_in_the_first_line(marks: Any, reply: str, letters: str):
    assert marks.letters(reply) == letters


@pytest.mark.parametrize(
    ("reply", "picked", "expected"),
    [
        ("A. 重庆；C. 天津", "AC", (True, True)),
        ("重庆和天津", "", (False, True)),
        ("重庆、苏州和天津", "", (False, False)),
        ("A. 重庆", "A", (False, False)),
    ],
)
def test_choices(marks: Any, reply: str, picked: str, expected: tuple[bool, bool]):
    assert marks.choice(reply, picked, "AC", ["重庆", "苏州", "天津", "深圳"]) == expected


@pytest.mark.parametrize(
    ("reply", "gold", "expected"),
    [
        ("对", "对", (True, True)),
        ("答案：正确。", "对", (True, True)),
        ("错误，鲸是哺乳动物", "错", (True, True)),
        ("不对", "错", (True, True)),
        ("这个说法不正确", "错", (False, True)),
        ("不对", "对", (False, False)),
        ("√", "对", (True, True)),
        ("不知道", "对", (False, False)),
    ],
)
def test_judgements(marks: Any, reply: str, gold: str, expected: tuple[bool, bool]):
    assert marks.judge(reply, gold) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("1,024", (True, True)),
        ("2 的 10 次方是 1024", (False, True)),
        ("1024 或 12", (False, False)),
        ("", (False, False)),
    ],
)
def test_numbers(marks: Any, reply: str, expected: tuple[bool, bool]):
    assert marks.number(reply, "1024") == expected


def test_nothing_of_the_other_environment_is_loaded_here():
    assert not {"opencompass", "torch", "transformers", "gongkao_referee"} & sys.modules.keys()
