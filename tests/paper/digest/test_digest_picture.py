"""A day's questions and its evening are drawn, by day and by night, whatever they hold."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper.digest.picture import AskedFact, KeyFact, PlayerFact, evening, questions

CHOICE = AskedFact(
    1, "", "法律", "全国人民代表大会每届任期多少年？", [("A", "3 年"), ("B", "4 年"), ("C", "5 年"), ("D", "6 年")]
)
SEVERAL = AskedFact(2, "多选", "历史", "下列属于战国七雄的有哪些？", [("A", "齐国"), ("B", "鲁国"), ("C", "秦国")])
TRUTH = AskedFact(3, "判断", "科技", "声音在真空中传播得比在空气中快。", [("A", "对"), ("B", "错")])
KEY = KeyFact(1, CHOICE.stem, "C. 5 年", "宪法第六十条规定，全国人大每届任期五年。", 9, 12)


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def kept(name: str, png: bytes) -> bytes:
    """*png*, also in the folder where somebody wants to look at it."""
    if folder := os.environ.get("GONGKAO_KEEP_PICTURES"):
        Path(folder, f"{name}.png").write_bytes(png)
    return png


@pytest.mark.parametrize("dark", [False, True])
def test_questions_grow_with_what_is_asked(dark: bool):
    about = {"about": "离国考还有 12 天 · 大家已经连着答了 6 天", "aside": "11月27日 周五"}
    foot = ["回「1A 2BD 3对」就行，每题答一次，21:30 揭晓。", "不想再收，管理员回「退订」。"]
    one = size(questions("每日一练", [CHOICE], foot=foot, dark=dark, **about))
    three = size(kept(f"digest-{dark}", questions("每日一练", [CHOICE, SEVERAL, TRUTH], foot=foot, dark=dark, **about)))
    assert one[0] == three[0]
    assert one[1] < three[1]


@pytest.mark.parametrize("dark", [False, True])
def test_the_evening_shows_who_took_part(dark: bool):
    players = [PlayerFact(f"成员{at}", at % 2, "连着 12 天" if at % 3 else "") for at in range(20)]
    about = {"about": "20 人答了", "aside": "11月27日 周五"}
    alone = size(evening("今日揭晓", [KEY], [], dark=dark, **about))
    few = size(evening("今日揭晓", [KEY], players[:2], dark=dark, **about))
    many = size(kept(f"evening-{dark}", evening("今日揭晓", [KEY] * 5, players, dark=dark, **about)))
    assert alone[1] < few[1] < many[1]


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_can_be_drawn(name: str, text: str):
    size(evening("揭晓", [KeyFact(1, text, text, text, 0, 0)], [PlayerFact(name, 0, "")], about="", aside=""))
    size(questions("题", [AskedFact(1, "", "", text, [("A", text), ("B", "乙")])], about="", aside="", foot=["回 1A"]))
