"""The judge against what a fair quiz master says.

The labels follow these rules: letters given to a single choice must be one; a bare number
answers a choice only as the text of an option; 「A？」 is an answer and 「选A吗」 a question; two
answers to choose from are wrong; names that differ in one character are wrong; a judgement
counts by its first word, whatever reason comes after it; what only repeats the stem is wrong.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict

import pytest

from bot.services.judging import judge, read
from tests.bot.judging.questions import Pair, pairs

MOST_FALSE_ACCEPTS = 0.005
"""Of what is not right."""
MOST_FALSE_REJECTS = 0.02
"""Of what is right; an answer left to a second opinion counts as rejected."""
MOST_TALK_HEARD = 0.01
MOST_UNHEARD = 0.04
"""Wrong answers to choices and statements that were taken for talk; they cost nobody a point."""


def failing() -> dict[str, list[Pair]]:
    """Pairs that the judge gets wrong, by how."""
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs():
        given = read(pair.question, pair.text)
        accepted = given is not None and judge(pair.question, given).right
        if pair.expect == "right" and not accepted:
            found["false reject"].append(pair)
        if pair.expect != "right" and accepted:
            found["false accept"].append(pair)
        # Any words may answer an open question: those that are not certain count only when they are right.
        loose = pair.question.kind == "short"
        if pair.expect == "chat" and given is not None and (given.certain or not loose):
            found["talk heard"].append(pair)
        if pair.expect == "wrong" and given is None and not loose:
            found["unheard"].append(pair)
    return found


def test_the_set_is_large_and_says_one_thing_of_each_text():
    counts = Counter(pair.expect for pair in pairs())
    assert sum(counts.values()) >= 1000
    assert min(counts.values()) >= 1000
    assert len({(pair.question, pair.text) for pair in pairs()}) == len(pairs())
    assert {pair.question.kind for pair in pairs()} == {"single", "multiple", "judge", "short"}


@pytest.mark.timeout(30)
def test_the_judge_is_as_good_as_promised(capsys: pytest.CaptureFixture[str]):
    found = failing()
    counts = Counter(pair.expect for pair in pairs())
    choices = sum(pair.expect == "wrong" and pair.question.kind != "short" for pair in pairs())
    rates = {
        "false accept": len(found["false accept"]) / (counts["wrong"] + counts["chat"]),
        "false reject": len(found["false reject"]) / counts["right"],
        "talk heard": len(found["talk heard"]) / counts["chat"],
        "unheard": len(found["unheard"]) / choices,
    }
    with capsys.disabled():
        told = ", ".join(f"{how} {rate:.2%}" for how, rate in rates.items())
        sys.stdout.write(f"\n{len(pairs())} pairs: {told}\n")
    listed = "\n".join(
        f"{how}: {pair.question.stem[:20]} | {pair.question.answer} | {pair.text}"
        for how, wrong in found.items()
        for pair in wrong
    )
    sys.stdout.write(listed)  # shown when the test fails, and with -rP
    assert rates["false accept"] <= MOST_FALSE_ACCEPTS
    assert rates["false reject"] <= MOST_FALSE_REJECTS
    assert rates["talk heard"] <= MOST_TALK_HEARD
    assert rates["unheard"] <= MOST_UNHEARD
