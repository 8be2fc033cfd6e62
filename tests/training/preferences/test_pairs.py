"""Which battles become pairs, and what a line says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.prompts import SYSTEM_PROMPT, question_messages, question_text
from store.arena import CHOICES, verdict
from store.models import Battle
from store.wording import fingerprint
from tests.training.preferences.battles import QUESTION, RIGHT, SECRET, WRONG, battle, one_of_each
from training.preferences.pairs import OUTCOMES, asked, pairs

VOTES = st.dictionaries(st.sampled_from(CHOICES), st.integers(0, 3))


def rows(*fought: tuple[Battle, Mapping[str, int]]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in pairs(fought).text.splitlines()]


def test_a_line_holds_the_conversation_both_answers_and_where_they_come_from():
    assert rows((battle(10), {"challenger": 2, "serving": 1, "both": 1})) == [
        {
            "prompt": [
                {"role": "system", "content": SYSTEM_PROMPT},
                {"role": "user", "content": QUESTION},
            ],
            "chosen": [{"role": "assistant", "content": RIGHT}],
            "rejected": [{"role": "assistant", "content": WRONG}],
            "meta": {
                "battle": 10,
                "winner": "challenger",
                "rounds": {"chosen": 7, "rejected": 6},
                "votes": {"chosen": 2, "rejected": 1, "both": 1, "neither": 0},
                "when": "2026-03-01T12:00:10+00:00",
            },
        }
    ]


def test_the_serving_model_may_win_and_be_of_no_round():
    (row,) = rows((battle(10, serving_round=None), {"serving": 1}))
    assert (row["chosen"][0]["content"], row["rejected"][0]["content"]) == (WRONG, RIGHT)
    assert row["meta"]["rounds"] == {"chosen": None, "rejected": 7}
    assert row["meta"]["winner"] == "serving"


def test_every_battle_is_accounted_for():
    made = pairs(one_of_each())
    assert made.counts == {"written": 2, "tie": 2, "neither": 1, "no_votes": 1, "same_text": 1, "held_out": 0}
    assert made.met == {(6, 7): 6, (None, 7): 1}
    assert made.wrote == {(6, 7): 1, (None, 7): 1}


@pytest.mark.parametrize("context", [[], ["别的题\n答案:别的"]])
def test_a_question_that_models_are_judged_by_is_left_out(context: list[str]):
    stem, options = "下列朝代中最早的是( )。", ["夏", "商"]
    content = question_messages(question_text(stem, options), context=context)[-1]["content"]
    assert asked(content) == fingerprint(stem, options)
    one = battle(10)
    one.prompt = [{"role": "user", "content": content}]
    made = pairs([(one, {"challenger": 1})], held_out={fingerprint(stem, options)})
    assert (made.text, made.counts["held_out"]) == ("", 1)


def test_nobody_is_named():
    text = pairs(one_of_each()).text
    assert not [secret for secret in SECRET if secret in text]


def test_what_a_chat_leaves_in_texts_is_one_line_of_utf_8():
    strange = "甲\r乙\n丙\u2028丁\x85戊\x00己\ud83d"
    made = pairs([(battle(1, challenger_text=strange, prompt=[{"role": "user", "content": strange}]), {"serving": 1})])
    (row,) = (json.loads(line) for line in made.text.encode().split(b"\n") if line)
    assert row["rejected"][0]["content"] == row["prompt"][0]["content"] == strange.replace("\ud83d", "?")


def test_what_else_a_message_has_stays_out():
    said = {"role": "user", "content": QUESTION, "name": "qq:30003"}
    (row,) = rows((battle(1, prompt=[said]), {"serving": 1}))
    assert row["prompt"] == [{"role": "user", "content": QUESTION}]


@given(st.lists(st.tuples(VOTES, st.sampled_from([RIGHT, WRONG, f" {RIGHT}", "C"])), max_size=8))
def test_each_battle_has_one_outcome_and_each_written_one_a_line(fought: list[tuple[dict[str, int], str]]):
    made = pairs([(battle(at, serving_text=text), votes) for at, (votes, text) in enumerate(fought)])
    assert tuple(made.counts) == OUTCOMES
    assert sum(made.counts.values()) == sum(made.met.values()) == len(fought)
    lines = [json.loads(line) for line in made.text.splitlines()]
    assert len(lines) == made.counts["written"] == sum(made.wrote.values())
    won = [at for at, (votes, _) in enumerate(fought) if verdict(votes) in ("serving", "challenger")]
    same = [at for at in won if fought[at][1].strip() == RIGHT]
    assert [line["meta"]["battle"] for line in lines] == [at for at in won if at not in same]
    assert made.counts["same_text"] == len(same)
    assert all(line["meta"]["votes"]["chosen"] > line["meta"]["votes"]["rejected"] for line in lines)


@pytest.mark.parametrize("votes", [{}, {"both": 2}, {"neither": 1}, {"serving": 1, "challenger": 1}])
def test_equal_texts_without_a_winner_are_counted_as_what_the_votes_say(votes: dict[str, int]):
    assert pairs([(battle(1, serving_text=RIGHT), votes)]).counts["same_text"] == 0
