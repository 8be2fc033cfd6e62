"""What a member's words answer, and whether that is right: pure functions.

:func:`read` finds the answer in what is said in a chat, :func:`judge` says whether
it is right. Where no rule can tell (``Verdict.unsure``), :func:`rubric_messages` asks
a model and :func:`read_opinion` reads what it says; not when the answer :func:`pleads`.
"""

from bot.services.judging.opinion import Opinion, pleads, read_opinion, rubric_messages
from bot.services.judging.question import Given, Question, Verdict
from bot.services.judging.reading import read
from bot.services.judging.verdicts import judge

__all__ = ["Given", "Opinion", "Question", "Verdict", "judge", "pleads", "read", "read_opinion", "rubric_messages"]
