"""Every table, one class each, with a sentence under each column that needs one."""

from __future__ import annotations

from store.models.arena import ArenaGroup, Battle, BattleVote, Challenger
from store.models.bank import (
    BankVersion,
    ImportBatch,
    Question,
    QuestionChange,
    QuestionSighting,
    QuestionWording,
    RivalAnswer,
)
from store.models.base import Base, RowId, UtcDateTime, now
from store.models.chat import Ask, ChatGroup, Member, PersonAccount, Rating
from store.models.datasets import DatasetCorrection, DatasetVersion, Paraphrase, SplitPlace
from store.models.digest import Digest
from store.models.groups import GroupSettings
from store.models.poll import ChatPoll
from store.models.push import Delivery, Subscription
from store.models.quiz import Quiz, QuizAnswer, QuizItem, QuizPlayer
from store.models.releases import Release, ServingHost
from store.models.review import Correction, GateCase, Notice, ReadingMark, ReviewItem, ReviewVote
from store.models.rounds import RoundStep, TrainingRound
from store.models.sending import ChatAbility, Posting, ReplySeq, SendingAccount
from store.models.study import Attempt, StudyCard, Studying
from store.models.temptation import Temptation

__all__ = [
    "ArenaGroup",
    "Ask",
    "Attempt",
    "BankVersion",
    "Base",
    "Battle",
    "BattleVote",
    "Challenger",
    "ChatAbility",
    "ChatGroup",
    "ChatPoll",
    "Correction",
    "DatasetCorrection",
    "DatasetVersion",
    "Delivery",
    "Digest",
    "GateCase",
    "GroupSettings",
    "ImportBatch",
    "Member",
    "Notice",
    "Paraphrase",
    "PersonAccount",
    "Posting",
    "Question",
    "QuestionChange",
    "QuestionSighting",
    "QuestionWording",
    "Quiz",
    "QuizAnswer",
    "QuizItem",
    "QuizPlayer",
    "Rating",
    "ReadingMark",
    "Release",
    "ReplySeq",
    "ReviewItem",
    "ReviewVote",
    "RivalAnswer",
    "RoundStep",
    "RowId",
    "SendingAccount",
    "ServingHost",
    "SplitPlace",
    "StudyCard",
    "Studying",
    "Subscription",
    "Temptation",
    "TrainingRound",
    "UtcDateTime",
    "now",
]
