"""What is left out of a prompt that is too long, and how rarely anybody has to count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.budget import TooLong, bound, fitted, longest_prompt
from inference.errors import RequestRejected
from inference.prompts import question_messages

CONTEXT = [f"{letter * 300}" for letter in "近中远"]
PREVIOUS = [("早" * 300, "早答"), ("晚" * 300, "晚答")]


class Counter:
    """A tokenizer with a token a character."""

    def __init__(self, *, broken: bool = False) -> None:
        self.asked: list[str] = []
        self.broken = broken

    async def __call__(self, text: str) -> int:
        self.asked.append(text)
        if self.broken:
            raise RequestRejected(404)
        return len(text)


def held(messages: list) -> str:
    """First letters of what a conversation holds, in the order of the letters here."""
    text = "".join(message["content"] for message in messages)
    return "".join(letter for letter in "近中远早晚" if letter * 300 in text)


async def test_what_fits_by_its_bytes_is_not_counted() -> None:
    counter = Counter()
    wanted = question_messages("题", context=CONTEXT, previous=PREVIOUS)
    assert await fitted("题", limit=8000, context=CONTEXT, previous=PREVIOUS, count=counter) == wanted
    assert counter.asked == []


async def test_a_count_shows_that_more_fits_than_the_bytes_allow() -> None:
    counter = Counter()
    made = await fitted("题", limit=2500, context=CONTEXT, previous=PREVIOUS, count=counter)
    assert held(made) == "近中远早晚"
    assert len(counter.asked) == 1


@pytest.mark.parametrize(
    ("limit", "left"), [(1600, "近中早晚"), (1300, "近早晚"), (900, "早晚"), (600, "晚"), (200, "")]
)
async def test_the_farthest_item_goes_first_and_the_earliest_turn_last(limit: int, left: str) -> None:
    made = await fitted("题", limit=limit, context=CONTEXT, previous=PREVIOUS, count=Counter())
    assert held(made) == left
    assert made[-1]["content"].endswith("题")


@pytest.mark.parametrize("broken", [True, False])
async def test_without_a_count_the_bytes_hold(broken: bool) -> None:
    counter = Counter(broken=True) if broken else None
    made = await fitted("题", limit=2000, context=CONTEXT, count=counter)
    assert held(made) == "近"
    assert bound(made) <= 2000
    assert counter is None or len(counter.asked) == 1


async def test_a_question_that_does_not_fit_by_itself_is_too_long() -> None:
    with pytest.raises(TooLong) as caught:
        await fitted("题" * 2000, limit=1500, context=CONTEXT, previous=PREVIOUS, count=Counter())
    assert 500 < caught.value.most_chars < 1500
    made = await fitted("题" * caught.value.most_chars, limit=1500, count=Counter())
    assert made[-1]["content"] == "题" * caught.value.most_chars


@given(
    st.text(min_size=1, max_size=60),
    st.lists(st.text(max_size=60), max_size=3),
    st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60)), max_size=3),
    st.integers(0, 1500),
)
async def test_nothing_longer_than_the_limit_is_sent(
    question: str, context: list[str], previous: list[tuple[str, str]], limit: int
) -> None:
    if bound(question_messages(question)) <= limit:
        assert bound(await fitted(question, limit=limit, context=context, previous=previous)) <= limit
        return
    with pytest.raises(TooLong) as caught:
        await fitted(question, limit=limit, context=context, previous=previous)
    assert 0 <= caught.value.most_chars <= len(question)


def test_a_reply_as_long_as_the_conversation_leaves_half_of_it() -> None:
    assert longest_prompt(8192, 512) == 7680
    assert longest_prompt(8192, 16384) == 4096
