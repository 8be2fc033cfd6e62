"""How a digest is drawn: what is known of it, as the paper wants it."""

from __future__ import annotations

from datetime import datetime

from bot.services.digest import words
from bot.services.digest.morning import Morning
from bot.services.digest.outcome import Outcome
from bot.services.quiz import words as quiz
from paper.digest.picture import AskedFact, KeyFact, PlayerFact, evening, questions
from paper.night import is_night


def draw_morning(morning: Morning, at: datetime) -> bytes:
    """The questions, as a PNG."""
    kept = morning.kept
    return questions(
        words.TITLE,
        [
            AskedFact(item.number, words.kind(item.asked), item.asked["category"], item.asked["stem"], options)
            for item in kept.items
            if (options := words.options(item.asked))
        ],
        about=" · ".join(words.facts_of(morning)),
        aside=words.day_of(kept.digest.day),
        foot=[words.how(morning), words.stop(alone=morning.alone)],
        dark=is_night(at),
    )


def draw_evening(outcome: Outcome, at: datetime) -> bytes:
    """The keys and who answered, as a PNG."""
    whole = [words.took_part(outcome).strip()]
    if outcome.streak > 1:
        whole.append(words.streaks(outcome)[0])
    return evening(
        words.EVENING,
        [
            KeyFact(
                one.item.number,
                one.item.asked["stem"],
                quiz.key(one.item.asked),
                words.why(one.item.asked),
                one.right,
                one.answered,
            )
            for one in outcome.items
        ],
        []
        if outcome.alone
        else [PlayerFact(one.name, one.right, words.constant(one.streak)) for one in outcome.players],
        about=" · ".join(whole),
        aside=words.day_of(outcome.kept.digest.day),
        dark=is_night(at),
    )
