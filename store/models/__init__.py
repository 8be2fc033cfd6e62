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
from store.models.chat import Ask, ChatGroup, Member, Rating
from store.models.datasets import DatasetCorrection, DatasetVersion, Paraphrase, SplitPlace
from store.models.groups import GroupSettings
from store.models.quiz import Quiz, QuizAnswer, QuizItem
from store.models.releases import Release, ServingHost
from store.models.review import Correction, GateCase, Notice, ReadingMark, ReviewItem, ReviewVote
from store.models.rounds import RoundStep, TrainingRound
from store.models.study import Attempt, StudyCard, Studying

__all__ = [
    "ArenaGroup",
    "Ask",
    "Attempt",
    "BankVersion",
    "Base",
    "Battle",
    "BattleVote",
    "Challenger",
    "ChatGroup",
    "Correction",
    "DatasetCorrection",
    "DatasetVersion",
    "GateCase",
    "GroupSettings",
    "ImportBatch",
    "Member",
    "Notice",
    "Paraphrase",
    "Question",
    "QuestionChange",
    "QuestionSighting",
    "QuestionWording",
    "Quiz",
    "QuizAnswer",
    "QuizItem",
    "Rating",
    "ReadingMark",
    "Release",
    "ReviewItem",
    "ReviewVote",
    "RivalAnswer",
    "RoundStep",
    "RowId",
    "ServingHost",
    "SplitPlace",
    "StudyCard",
    "Studying",
    "TrainingRound",
    "UtcDateTime",
    "now",
]
