"""What members read about their study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.services.quiz import words as quiz_words
from bot.services.study.facts import Facts
from bot.services.study.load import MOST
from store.quizzes import asked
from store.study import Due

USAGE = (
    "/错题本　错过的题；/错题本 法律；/错题本 再练\n"
    "/错题本 123　看一题：解析、错在哪；/同类 123　练一道同类的，都私聊我发\n"
    "/错题本 导出 pdf 法律　做成文件私聊发你，还有 xlsx、docx、anki\n"
    "/复习　到期该复习的，私聊我发；/撤销　刚才那题不算\n"
    "/复习 每天 30题　一天最多多少；/复习 轻松日 周六 周日　那天减半\n"
    "/考试 国考 2027-11-28　定下考试那天\n"
    "/我的　连续几天、正确率、薄弱的地方\n"
    "/搁置 题号　不再出这题；/取消搁置 题号\n"
    "/导出我的数据、/删除我的数据"
)
EMPTY_BOOK = "错题本是空的。发 /出题 练几道，答错的会记进来。"
EMPTY_CATEGORY = "错题本里没有「{}」的题。"
PRIVATE_ONLY = "复习是一个人的事，私聊我发 /复习。"
REVIEW_USAGE = "复习的是到期的题，不分类别：/复习，或者 /复习 20题。想练某一类发 /错题本 再练 法律。"
NOTHING_DUE = "现在没有到期要复习的题。"
ENOUGH = "今天的够了，复习过 {} 题，剩下的排到后面几天。还想练发 /错题本 再练。"
LOAD = "好，{}。"
LOAD_SET = "现在{}。要改这样写：/复习 每天 30题，/复习 轻松日 周六 周日。"
LOAD_USAGE = f"这样写：/复习 每天 30题（1 到 {MOST}），/复习 轻松日 周六 周日，/复习 轻松日 取消。"
UNDO_PRIVATE = "撤销的是自己练的题，私聊我发 /撤销。群里的回答请管理员改判。"
NOTHING_TO_UNDO = "没有能撤销的。只能撤销十分钟内自己练的最后一题，而且只能撤一次。"
UNDONE = "好，#{} 刚才的回答「{}」不算，这题回到答之前的样子。"
FILE_SENT = "发到私聊了：{}，{} 题。"
FILE_MOST = "发到私聊了：{}。一次最多 {} 题，这是最近错的；其余的加上分类再导出，例如 /错题本 导出 法律。"
FILE_REFUSED = "文件没能发给你。QQ 上先加我为好友，别的平台先私聊我说句话，再发一次；还不行就是平台不让我发文件。"
FILE_TOO_LONG = "有一题太长，表格里放不下，换成 /错题本 导出 pdf。"
FILE_TOO_LARGE = "文件有 {} MB，太大了发不出去，请找管理员从数据库里导。"
ALL_PRIVATE = "你的数据只给你看，私聊我发 /导出我的数据。"
ALL_SENT = "发给你了：{}。里面的 README.txt 说了每个文件是什么。"
NOTHING_YET = "还没有练过题。发 /出题 开始，答过的题到时候会提醒你复习。"
EXAM_USAGE = "这样写：/考试 国考 2027-11-28。不考了发 /考试 取消。"
EXAM_PAST = "{} 已经过去了，写一个以后的日子。"
EXAM_FAR = "太远了，写五年以内的日子。"
EXAM_OFF = "好，不按考试的日子安排了。"
NO_EXAM = f"还没有定考试的日子。{EXAM_USAGE}"
SHELVED = "好，#{} 不再出了。想要回来发 /取消搁置 {}。"
UNSHELVED = "好，#{} 回来了。"
NO_CARD = "你没有练过 #{}。"
SHELF_USAGE = "题号是错题本里 # 后面的数字，例如 /搁置 123。"
DELETE_ASK = (
    "要删掉我记下的关于你的一切：问过的题、练习记录、错题本、复习安排、考试日子、评价；榜上、以前的比赛和纠错里也不再有"
    "你的名字。管理和审核做过的决定会留着。绑在一起的号一起删，绑定也解开。删了找不回来，想留一份先发 /导出我的数据。\n"
    "确定就在 5 分钟内回：确认删除；不删回：取消"
)
KEPT = "好，没有删。"
DELETED = "删掉了：{} 条练习记录，还有错题本、复习安排和问过的题。"
ON_BOARDS = "好，排行榜上会有你。"
OFF_BOARDS = "好，排行榜上不再有你。"
ON_GLOBAL = "好，全站的榜上也会有你。"
BOARD_USAGE = "这样发：/上榜 开、/上榜 关、/上榜 全站"
_SHOWN = 5
_LONGEST = 60


def book(due: Sequence[Due], sizes: Mapping[str, int], category: str) -> str:
    """The wrong-question book at a glance."""
    total = sum(sizes.values())
    parts = "、".join(f"{name or '其他'} {count}" for name, count in list(sizes.items())[:6])
    lines = [f"错题本，共 {total} 题：{parts}" if not category else f"错题本 · {category}，{sizes.get(category, 0)} 题"]
    for one in due[:_SHOWN]:
        stem = " ".join(one.question.stem.split())
        short = stem if len(stem) <= _LONGEST else f"{stem[:_LONGEST]}…"
        lines.append(f"#{one.question.id} {short}\n　{quiz_words.key(asked(one.question))}（错过 {one.card.wrong} 次）")
    lines.append("再练：私聊我发 /错题本 再练" + (f" {category}" if category else "") + "。连着答对两次就移出去。")
    return "\n".join(lines)


def exam_set(facts: Facts) -> str:
    """What was decided, and what it means for the days to come."""
    if (facts.days_left or 0) < 0:
        return f"{facts.exam}（{facts.exam_on:%Y-%m-%d}）已经过去了。{EXAM_USAGE}"
    return f"好，{facts.exam}定在 {facts.exam_on:%Y-%m-%d}，还有 {facts.days_left} 天。\n{plan(facts)}"


def plan(facts: Facts) -> str:
    """What comes when."""
    if not facts.cards:
        return "练过的题会排到考前，让你那天记得最多。现在还没有练过题，发 /出题 开始。"
    week = "、".join(str(count) for count in facts.due)
    sure = f"照现在的进度，那天能记住约 {facts.recall:.0%}。" if facts.recall is not None else ""
    return f"练过 {facts.cards} 题，今天起一周每天要复习：{week}（{facts.load.told}）。{sure}"


def mine(facts: Facts) -> str:
    """``/我的``, for where no picture goes."""
    lines = [
        f"连续练习 {facts.streak} 天，错题本 {facts.in_book} 题，今天该复习 {facts.due[0] if facts.due else 0} 题。"
    ]
    if facts.answered:
        lines.append(f"近 30 天答 {facts.answered} 题，答对 {facts.right / facts.answered:.0%}。")
    if facts.exam_on is not None and (facts.days_left or 0) >= 0:
        lines.append(f"离{facts.exam or '考试'}还有 {facts.days_left} 天。")
    if facts.weakest:
        weak = "、".join(f"{one.name}（{one.rate:.0%}）" for one in facts.weakest)
        lines.append(f"最弱的是{weak}。下一步：/出题 {facts.weakest[0].name} 10题")
    return "\n".join(lines)
