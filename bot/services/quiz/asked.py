"""A question as a game keeps it: what the judge is told of it, and what may be hinted at."""

from __future__ import annotations

from bot.services.judging import Question
from bot.services.quiz import words
from store.models import QuizItem


def question_of(item: QuizItem) -> Question:
    """*item* as the judge knows questions."""
    asked = item.asked
    return Question(
        kind=asked["kind"],
        stem=asked["stem"],
        options=tuple(asked["options"]),
        answer=asked["answer"],
        aliases=tuple(asked["aliases"]),
    )


def hint_of(item: QuizItem) -> str | None:
    """The next hint: wrong options one by one, or more and more of a short answer; ``None`` when none is left."""
    asked = item.asked
    if asked["options"]:
        letters = words.LETTERS[: len(asked["options"])]
        wrong = [letter for letter in letters if letter not in asked["answer"]]
        # One is left, or it would be no question any more.
        return f"提示：不是 {wrong[item.hints]}。" if item.hints < len(wrong) - 1 else None
    if asked["kind"] == "judge" or item.hints >= len(asked["answer"]) - 1:
        return None
    answer: str = asked["answer"]
    return f"提示：{len(answer)} 个字，{answer[: item.hints + 1]}……"
