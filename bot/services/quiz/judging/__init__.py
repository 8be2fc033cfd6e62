"""What a member's words answer, and whether that is right: pure functions."""

from bot.services.quiz.judging.answers import Given, Question, Verdict, judge, read

__all__ = ["Given", "Question", "Verdict", "judge", "read"]
