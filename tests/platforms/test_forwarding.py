"""Long texts in pieces: nothing is lost, whatever they hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.onebot11.forwarding import nodes, paragraphs


@given(st.text(alphabet=st.sampled_from("字a \n，。"), max_size=2000))
def test_every_line_is_there_once(text: str):
    lines = [line for line in text.split("\n") if line.strip()]
    assert [line for piece in paragraphs(text) for line in piece.split("\n") if line.strip()] == lines


def test_paragraphs_stay_whole():
    assert paragraphs("一\n二\n\n三\n\n\n四") == ["一\n二", "三", "四"]


def test_lines_without_paragraphs_are_put_together():
    text = "\n".join(f"第 {number} 行，" + "字" * 90 for number in range(10))
    pieces = paragraphs(text)
    assert 1 < len(pieces) < 10
    assert "\n".join(pieces) == text
    assert max(map(len, pieces)) <= 401


def test_nodes_are_what_the_account_says():
    [one, two] = nodes("qq:10001", "一\n\n二")
    assert one["data"]["user_id"] == one["data"]["uin"] == "10001"
    assert two["data"]["content"] == [{"type": "text", "data": {"text": "二"}}]
