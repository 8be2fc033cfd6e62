"""Quizzes of groups, and what each member learns by them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.services.people.codes import Codes
from bot.services.people.desk import BindingDesk
from bot.services.people.joining import Joining
from bot.services.polls import PollBook
from bot.services.quiz.boards import Boards
from bot.services.quiz.host import QuizHost
from bot.services.quiz.picture import draw_board, draw_game
from bot.services.quiz.rival import ModelPlayer
from bot.services.quiz.second_opinion import SecondOpinion
from bot.services.study import daily
from bot.services.study.desk import StudyDesk
from bot.services.study.detail import QuestionDetail
from bot.services.study.fitting import Fitter
from bot.services.study.learning import Learner
from bot.services.study.picture import draw_standing
from bot.services.study.takeaway import Takeaway
from bot.services.study.twins import Twins
from bot.wiring.base import Base
from bot.wiring.jobs import running


@dataclass(frozen=True, slots=True)
class Practice:
    quizzes: QuizHost
    polls: PollBook
    boards: Boards
    learner: Learner
    study: StudyDesk
    detail: QuestionDetail
    takeaway: Takeaway
    binding: BindingDesk


@asynccontextmanager
async def open_practice(base: Base) -> AsyncGenerator[Practice]:
    """Games, boards, wrong-question books, accounts that are one person."""
    sessions, writing = base.sessions, base.writing
    learner = Learner(sessions, writing)
    quizzes = QuizHost(
        sessions,
        picture=draw_game,
        model=ModelPlayer(base.model),
        second=SecondOpinion(base.model),
        of_the_day=daily.pick,
        answered=learner.told,
        writing=writing,
    )
    base.people.joined = quizzes.joined
    joining = Joining(sessions, base.people, learner, writing=writing)
    async with running(learner.watch(), Fitter(sessions).watch(), joining.watch()):
        yield Practice(
            quizzes=quizzes,
            polls=PollBook(sessions, writing),
            boards=Boards(sessions, draw=draw_board, season_starts=base.config.season_start),
            learner=learner,
            study=StudyDesk(sessions, quizzes, learner, draw=draw_standing),
            detail=QuestionDetail(sessions, quizzes, learner, Twins(base.index)),
            takeaway=Takeaway(sessions, learner),
            binding=BindingDesk(base.people, Codes(base.cache), joining),
        )
