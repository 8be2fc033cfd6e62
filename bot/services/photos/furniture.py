"""What belongs to the phone or the app around a question: clock, battery, title, buttons, progress."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.services.photos.marks import KIND, has_number, read_mark
from bot.services.photos.rows import Row

_ICONS = re.compile(r"[\s<>〈〉＜＞‹›«»←→↑↓×✕✖≡☰…☆★♡♥·•|丨]+")
_BUTTON = re.compile(
    r"返回|关闭|取消|确[定认]|完成|跳过|更多|设置|分享|转发|(?:确认)?(?:交卷|提交)(?:答案|试卷)?|(?:已|取消|加入)?收藏"
    r"|上一[题页]|下一[题页]|上题|下题|答题卡|题卡|草稿纸?|画笔|计算器|暂停|继续|标记|疑问|不确定|纠错|报错|反馈"
    r"|笔记|做?笔记|讨论区?|评论|(?:查看|显示|隐藏)?(?:解析|答案)|提示|求助|[背答刷做]题(?:模式)?|练习模式|考试模式"
    r"|夜间|日间|字[体号]|错题[本集]?|移[出除](?:错题)?|搜题|拍照搜?题?|首页|题库|我的|目录|章节|编辑|保存|删除|原图"
    r"|下载|截[屏图]|发送|识图|识别|投诉|客服|关注|登录"
)
_STATUS = re.compile(
    r"(?:昨天|前天|刚刚)?(?:[上下]午|凌晨|早上|中午|晚上)?\d{1,2}:\d{2}(?::\d{2})?|(?:星期|周)[一二三四五六日天]|\d{1,2}月\d{1,2}日"
    r"|\d{1,3}%?|[2345]G\+?|LTE|HD\d?|VoLTE|Wi-?Fi|\d+(?:\.\d+)?[KM]?B/s|中国(?:移动|联通|电信|广电)"
)
_PROGRESS = re.compile(
    r"(?:第)?\d{1,4}/(?:共)?\d{1,4}[题道]?|第\d{1,4}[题道](?:[/,，]?共\d{1,4}[题道])?|共\d{1,4}[题道]|\d+[题道]已[答做]"
    r"|(?:倒计时|剩余(?:时间)?|用时|已用时?|计时)[:：]?[\d:：时分秒]*|\d{1,2}:\d{2}(?::\d{2})?"
)
# The title of a group's chat ends in the number of members.
_CHAT = re.compile(r"[^（(。？！?!:：]{1,20}[（(]\d{1,5}[)）]")
_STATUS_RUN = re.compile(rf"(?:{_STATUS.pattern})+")
_SENTENCE = re.compile(r"[？?。！!（()）:：_]")
_LIKE_A_TITLE = 14
_TITLE_BESIDE_BUTTONS = 12
_OUTER_ROWS = 8
"""Rows at the top and at the bottom that can be furniture."""


def without_furniture(rows: Sequence[Row]) -> list[Row]:
    """*rows* without those at the top and at the bottom that are the phone's or the app's.

    Only whole rows go, from the outside inwards, and never one with an option
    letter or a question's number; of rows that stay, lone progress counters at
    the top go.
    """
    first, last = 0, len(rows)
    for at, row in enumerate(rows[:_OUTER_ROWS]):
        if is_furniture(row):
            first = at + 1
        elif _worded(row):
            break
    if first == len(rows):
        first = 0
    while first < last - 1 and first > 0 and _is_title(rows[first], rows[first + 1], rows):
        first += 1
    while last > first and len(rows) - last < _OUTER_ROWS and is_furniture(rows[last - 1]):
        last -= 1
    kept = [_without_progress(row) if at < 3 else row for at, row in enumerate(rows[first:last])]
    return [row for row in kept if row.cells]


def is_furniture(row: Row) -> bool:
    """Every cell is a button, a counter or a part of the status bar, or at least half are and the rest are short."""
    known = 0
    if not any(read_mark(cell.text) or has_number(cell.text) for cell in row.cells) and _CHAT.fullmatch(
        row.text.strip()
    ):
        return True
    for cell in row.cells:
        bare = _ICONS.sub("", cell.text)
        if not bare or any(words.fullmatch(bare) for words in (_BUTTON, _PROGRESS, _STATUS_RUN)):
            known += 1
        elif not _beside_buttons(cell.text, bare):
            return False
    # A lone number may be an option whose letter was not recognised.
    if len(row.cells) == 1 and re.fullmatch(r"\d+%?", row.cells[0].text.strip()):
        return False
    return known * 2 >= len(row.cells) and known > 0


def _beside_buttons(text: str, bare: str) -> bool:
    """A cell that may be the title between two buttons."""
    if read_mark(text) or has_number(text) or KIND.fullmatch(bare):
        return False
    return len(bare) <= _TITLE_BESIDE_BUTTONS and not _SENTENCE.search(bare)


def _worded(row: Row) -> bool:
    """The row could be a part of a question."""
    return not is_furniture(row) and (
        len(row.text) > _LIKE_A_TITLE
        or bool(_SENTENCE.search(row.text))
        or any(read_mark(cell.text) or has_number(cell.text) for cell in row.cells)
    )


def _is_title(row: Row, below: Row, rows: Sequence[Row]) -> bool:
    """A short row under the app's bar that neither fills the line nor ends like a sentence nor has options below."""
    if len(row.cells) > 1 or _worded(row) or KIND.fullmatch(row.text.strip()):
        return False
    if row.text.rstrip().endswith(("是", "为", "有", "，", "、", ",")):
        return False
    widest = max(other.right for other in rows)
    return row.right < 0.7 * widest and not any(read_mark(cell.text) for cell in below.cells)


def _without_progress(row: Row) -> Row:
    if any(read_mark(cell.text) for cell in row.cells):
        return row
    return Row(tuple(cell for cell in row.cells if not _PROGRESS.fullmatch(_ICONS.sub("", cell.text))))
