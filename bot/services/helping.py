"""What the bot can do, told to who may do it; and which command a mistyped one was meant to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process

from bot.services import replies
from bot.services.arena import words as arena
from bot.services.digest import words as digest
from bot.services.group_settings import USAGE as GROUP_SETTINGS
from bot.services.people import words as people
from bot.services.push import words as push
from bot.services.quiz import words as quiz
from bot.services.releases import words as releases
from bot.services.rounds import words as rounds
from bot.services.study import words as study
from paper.excerpts import drawable

Role = Literal["member", "admin", "superuser"]


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that the bot can do."""

    title: str
    commands: Sequence[tuple[str, str]]
    """What is written, and what it does."""


_COMMAND = re.compile(r"^[/／]\s*([\w\u4e00-\u9fff]{1,12})")
_VERY_NEAR = 66
"""Two of three characters: what other bots of a group listen to is farther away."""
_NEAR = 60
"""Likeness, in percent, from which a command may have been meant."""

_CORRECTING = (
    "引用我的回答发 /纠错 正确答案 理由：……　告诉我哪里不对\n"
    "我出的题答案不对也这样：刚揭晓的直接发；每日一练引用那份，写上题号；错题本里的写 /纠错 #编号 正确答案\n"
    "👍 👎「有用」「没用」　评价一个回答\n"
    "/我的纠错　报过的和结果；/撤回 编号\n"
    "/贡献榜　谁帮得最多"
)
_REVIEWING = "/审核　看一条，回 1 通过、2 答案、3 驳回、4 跳过、0 结束\n/审核 编号；/撤销审核 编号"
_DATASETS = "/数据集　看各版；/数据集 构建；/数据集 对比 v0001 v0002"
_IMPORTING = "把题库文件（xlsx、docx、pdf、csv、json……）发给我，看过预览再确认导入\n/撤销导入 编号　反悔"

_CHIEF = 4
"""Commands of a thing that its section tells."""
MORE = "每样的全部用法：/帮助 加名字，例如 /帮助 出题"

_TOPICS: dict[str, tuple[Role, str]] = {
    "问答": ("member", replies.HELP),
    "出题": ("member", quiz.USAGE),
    "学习": ("member", study.USAGE),
    "每日一练": ("member", f"{digest.USAGE}\n\n{push.USAGE}"),
    "纠错": ("member", _CORRECTING),
    "绑定": ("member", people.USAGE),
    "设置": ("admin", GROUP_SETTINGS),
    "盲评": ("admin", arena.USAGE),
    "审核": ("superuser", _REVIEWING),
    "导入": ("superuser", _IMPORTING),
    "数据集": ("superuser", _DATASETS),
    "训练": ("superuser", rounds.USAGE),
    "发布": ("superuser", releases.USAGE),
}
_ALSO = {
    "复习": "学习",
    "错题本": "学习",
    "错题": "学习",
    "同类": "学习",
    "考试": "学习",
    "我的": "学习",
    "撤销": "学习",
    "排行榜": "出题",
    "抢答": "出题",
    "接力": "出题",
    "今日题": "出题",
    "今日答案": "每日一练",
    "退订": "每日一练",
    "推送": "每日一练",
    "定时": "每日一练",
    "订阅": "每日一练",
    "解绑": "绑定",
    "问": "问答",
    "对比": "盲评",
    "网页": "盲评",
    "回滚": "发布",
    "撤销导入": "导入",
    "撤销审核": "审核",
    "撤回": "纠错",
    "我的纠错": "纠错",
    "贡献榜": "纠错",
}
_RANK: dict[Role, int] = {"member": 0, "admin": 1, "superuser": 2}
COMMANDS = (
    *(
        "问",
        "为什么",
        "帮助",
        "纠错",
        "我的纠错",
        "撤回",
        "贡献榜",
        "出题",
        "提示",
        "跳过",
        "暂停",
        "继续",
        "结束",
        "加入",
    ),
    *("今日题", "排行榜", "判对", "判错", "错题本", "同类", "复习", "考试", "我的", "搁置", "取消搁置", "上榜", "撤销"),
    *("导出我的数据", "删除我的数据", "绑定", "解绑", "每日一练", "今日答案"),
    *("设置", "盲评", "对比", "网页", "审核", "撤销审核", "撤销导入", "数据集", "训练", "发布", "回滚"),
)


def about(topic: str, role: Role) -> str:
    """How to use one thing, or what there is for somebody of that *role*."""
    if topic:
        name = _ALSO.get(topic, topic)
        if name in _TOPICS:
            return _TOPICS[name][1]
        return f"没有「{topic}」这一项。有：{'、'.join(_names(role))}。"
    others = [name for name in _names(role) if name != "问答"]
    more = "\n".join(f"/帮助 {name}" for name in others)
    return f"{replies.HELP}\n\n还能做这些，发后面的看用法：\n{more}"


def sections(role: Role) -> list[Section]:
    """What there is for somebody of that *role*, the chief commands of each thing."""
    return [Section(name, _commands(_TOPICS[name][1])) for name in _names(role)]


def caption(role: Role) -> str:
    """Goes with the picture of :func:`sections`."""
    return f"{MORE}\n有：{'、'.join(_names(role))}"


def meant(text: str) -> bool:
    """Whether *text* is so near a command of ours that it was meant for us, though nobody said so."""
    said = _COMMAND.match(text)
    if said is None or said[1] in COMMANDS:
        return False
    # A slip changes a character; another bot's longer command only begins like ours.
    as_long = [one for one in COMMANDS if len(one) == len(said[1])]
    return process.extractOne(said[1], as_long, scorer=fuzz.ratio, score_cutoff=_VERY_NEAR) is not None


def unknown(text: str, role: Role) -> str:
    """That there is no such command, and the nearest one that there is."""
    said = _COMMAND.match(text)
    if said is None:
        return replies.UNKNOWN_COMMAND
    if said[1] in COMMANDS:
        topic = _ALSO.get(said[1], said[1])
        return f"/{said[1]} 后面写的我看不懂。\n{_TOPICS[topic][1]}" if topic in _TOPICS else replies.UNKNOWN_COMMAND
    may = [one for one in COMMANDS if _RANK[role] >= _RANK[_role_of(one)]]
    found = process.extractOne(said[1], may, scorer=fuzz.ratio, score_cutoff=_NEAR)
    if found is None:
        return replies.UNKNOWN_COMMAND
    return f"没有 /{said[1]}，是不是 /{found[0]}？发 /帮助 看用法。"


def _names(role: Role) -> list[str]:
    return [name for name, (least, _) in _TOPICS.items() if _RANK[role] >= _RANK[least]]


def _commands(usage: str) -> list[tuple[str, str]]:
    """Lines of a usage that say what a command does; a line may tell of several, the first stands for it."""
    lines = [line.partition("；/")[0].partition("　") for line in usage.splitlines()]
    told = [(drawable(command, ""), what.strip("　 。")) for command, _, what in lines if what]
    return told[:_CHIEF] or [("", usage)]


def _role_of(command: str) -> Role:
    topic = _ALSO.get(command, command)
    return _TOPICS[topic][0] if topic in _TOPICS else "member"
