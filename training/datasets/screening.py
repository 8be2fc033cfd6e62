"""Why a question of the bank cannot be trained on."""

from __future__ import annotations

import re
from datetime import date

from inference.chat_template import holds_control_tokens
from inference.prompts import LETTERS, answer_text, question_text
from store.dataset_sources import BankRow
from store.wording import normal_form
from training.datasets.settings import DatasetSettings

WITHDRAWN = "提出纠错的人都撤回了"
UNANSWERABLE = "审核人认定没有公认答案"
ASKED_AT_THE_GATE = "是能力题或「没有把握」题，留着考模型"
NEITHER = "与训练、留出两边的题都相近"
NOT_DRAWN = "这一版没有抽到（bank_percent）"

_STATUSES = {"retired": "已停用", "disputed": "答案有争议", "unanswered": "还没有答案"}
# A stem that says no more than that there is a picture, or that stands in for one.
_PICTURE_ONLY = re.compile(
    r"(?:请|根据|按照|仔细)*(?:观察|看|见|如)*[上下左右以]?(?:面的?)?(?:图片?|图形|图表|插图|题图)(?:中|所示|所示的?|回答|问题|题|片)*"
    r"|.*从所给的?[四4]个选项中选择最合适的一个填入问号处.*"
)
_PICTURE_MARK = re.compile(r"\[图片?\]|【图片?】|\[CQ:image|<img\b|!\[[^\]]*\]\(", re.IGNORECASE)


def why_not(row: BankRow, day: date, config: DatasetSettings) -> str | None:
    """Why *row* is left out of the set of *day*, in Chinese; ``None`` when it can be used."""
    if row.status != "active":
        return _STATUSES.get(row.status, "状态不明")
    if row.valid_from is not None and day < row.valid_from:
        return "还没生效"
    if row.valid_until is not None and row.valid_until < day:
        return "已过期"
    return _wrong_answer(row) or _wrong_text(row, config)


def holds_picture(text: str) -> bool:
    """Whether a picture stands within *text*."""
    return _PICTURE_MARK.search(text) is not None


def _wrong_answer(row: BankRow) -> str | None:
    if not row.answer.strip():
        return "答案是空的"
    if row.kind == "judge":
        return None if row.answer in ("正确", "错误") else "判断题的答案不是正确或错误"
    if row.kind == "short":
        return "简答题带着选项" if row.options else None
    if row.kind not in ("single", "multiple"):
        return "题型不明"
    if len(row.options) < 2 or not all(option.strip() for option in row.options):
        return "选项残缺"
    if len(row.options) > len(LETTERS):
        return f"选项超过 {len(LETTERS)} 个"
    if not set(row.answer) <= set(LETTERS[: len(row.options)]) or len(set(row.answer)) != len(row.answer):
        return "答案字母没有对应的选项"
    return None


def _wrong_text(row: BankRow, config: DatasetSettings) -> str | None:
    form = normal_form(row.stem)
    if not form:
        return "题干是空的"
    texts = (row.stem, row.material, row.answer, row.explanation, *row.options, *row.aliases)
    if any(holds_control_tokens(text) for text in texts):
        return "带有模型的控制符号"
    if _PICTURE_ONLY.fullmatch(form) or any(map(holds_picture, (row.stem, *row.options))):
        return "要看图才能答"
    options = tuple(row.options)
    if len(question_text(row.stem, options, row.material)) > config.longest_input:
        return "题目太长"
    if len(answer_text(row.kind, row.answer, options)) > config.longest_output:
        return "答案太长"
    return None
