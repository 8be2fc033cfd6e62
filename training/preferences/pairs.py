"""Battles as pairs of answers, in the format of XTuner's preference data sets.

A line holds ``prompt``, ``chosen`` and ``rejected``, each a list of messages with ``role`` and ``content``: what
XTuner's reward models, DPO and ORPO all read, see "Preference Dataset" in InternLM/xtuner,
https://github.com/InternLM/xtuner/blob/7c4bc11711f7ace70f8b014e19b4b86c6a02d9ac/docs/en/reward_model/preference_data.md
Its loader, ``load_jsonl_dataset`` in ``xtuner/dataset/preference_dataset.py`` of 0.2.0, keeps other fields as
columns, and ``tokenize`` there looks at those three alone; so there is room for ``meta``. Arrow holds the columns:
a field has one type, or null, in all lines. What ``meta`` says of a battle::

    {"battle": 284..., "winner": "challenger", "rounds": {"chosen": 7, "rejected": 6},
     "votes": {"chosen": 2, "rejected": 1, "both": 0, "neither": 0}, "when": "2026-03-01T12:00:00+00:00"}

A round is null for a model of no round. Neither members nor groups nor accounts are named.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inference.prompts import ASKED, REFERENCES
from store.arena import CHOICES, verdict
from store.models import Battle
from store.wording import fingerprint

_OTHER = {"serving": "challenger", "challenger": "serving"}
_NOT_WRITTEN = {None: "no_votes", "both": "tie", "neither": "neither"}
_LETTERED = re.compile(r"^[A-H]\. (.*)$")
OUTCOMES = ("written", "tie", "neither", "no_votes", "same_text", "held_out")
"""What becomes of a battle: one of these."""

Meeting = tuple[int | None, int | None]
"""Rounds of the model that served and of the challenger; ``None`` for a model of no round."""


@dataclass(slots=True)
class Pairs:
    text: str = ""
    """The lines of the file."""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    """Battles by what became of them."""
    met: Counter[Meeting] = field(default_factory=Counter[Meeting])
    """Battles by who fought."""
    wrote: Counter[Meeting] = field(default_factory=Counter[Meeting])
    """Those of them that are written."""


def pairs(fought: Iterable[tuple[Battle, Mapping[str, int]]], *, held_out: Container[str] = ()) -> Pairs:
    """A line for each battle that has a winner, in the order of *fought*: equal for equal battles and votes.

    *held_out* are fingerprints of questions that models are judged by: to learn from those would spoil that.
    """
    made = Pairs()
    lines: list[str] = []
    for battle, votes in fought:
        meeting = (battle.serving_round, battle.challenger_round)
        outcome, line = _became(battle, votes, held_out)
        made.counts[outcome] += 1
        made.met[meeting] += 1
        if line is not None:
            made.wrote[meeting] += 1
            lines.append(line)
    made.text = "".join(lines)
    return made


def _became(battle: Battle, votes: Mapping[str, int], held_out: Container[str]) -> tuple[str, str | None]:
    winner = verdict(votes)
    if winner not in _OTHER:
        return _NOT_WRITTEN[winner], None
    texts = {"serving": battle.serving_text, "challenger": battle.challenger_text}
    # Blanks are no difference that could be learnt.
    if texts["serving"].strip() == texts["challenger"].strip():
        return "same_text", None
    if asked(battle.prompt[-1]["content"]) in held_out:
        return "held_out", None
    return "written", _line(_row(battle, winner, texts, votes))


def asked(content: str) -> str:
    """Fingerprint of the question that a message asks, laid out by :func:`inference.prompts.question_messages`."""
    question = content.rpartition(ASKED)[2] if content.startswith(REFERENCES) else content
    lines = question.strip().split("\n")
    options = [found[1] for line in lines if (found := _LETTERED.match(line))]
    stem = "\n".join(line for line in lines if not _LETTERED.match(line))
    return fingerprint(stem, options)


def _row(battle: Battle, winner: str, texts: Mapping[str, str], votes: Mapping[str, int]) -> dict[str, Any]:
    loser = _OTHER[winner]
    rounds = {"serving": battle.serving_round, "challenger": battle.challenger_round}
    counted = {choice: votes.get(choice, 0) for choice in CHOICES}
    return {
        "prompt": [{"role": said["role"], "content": said["content"]} for said in battle.prompt],
        "chosen": [{"role": "assistant", "content": texts[winner]}],
        "rejected": [{"role": "assistant", "content": texts[loser]}],
        "meta": {
            "battle": battle.id,
            "winner": winner,
            "rounds": {"chosen": rounds[winner], "rejected": rounds[loser]},
            "votes": {
                "chosen": counted[winner],
                "rejected": counted[loser],
                "both": counted["both"],
                "neither": counted["neither"],
            },
            "when": battle.fought_at.isoformat(timespec="seconds"),
        },
    }


def _line(row: dict[str, Any]) -> str:
    # Half of a pair of surrogates, as chats send them at times, is no text that a file could hold.
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n"
