"""What is read and said about battles."""

from __future__ import annotations

import re

from inference.errors import InferenceError, ServerBusy
from store.arena import Tally

FIRST, SECOND, BOTH, NEITHER = "甲", "乙", "一样好", "都不对"
CHOICES = (FIRST, SECOND, BOTH, NEITHER)
HOW_TO_VOTE = f"引用这条消息，回「{FIRST}」「{SECOND}」「{BOTH}」或「{NEITHER}」。"
NOT_LETTERS = f"投票请回「{FIRST}」或「{SECOND}」，免得和选项的字母混起来。"
VOTED = "记下了：{said}。"
VOTE_CHANGED = "改成「{said}」了。"
SAME_VOTE = "已经记过了，不用再投。"
NOT_AGREED = "本群没有参加盲评。管理员发 /盲评 开，问模型的题有时就会给两个回答，大家投票选好的那个。"
AGREED = "本群参加了盲评：问模型的题有时会给两个回答，引用它投票。管理员发 /盲评 关 可以退出。"
JOINED = "好，本群参加盲评。问模型的题有时会给两个回答，引用它回「甲」或「乙」，帮我们挑出更好的模型。"
JOINED_ALREADY = "本群已经参加盲评了。"
LEFT = "好，本群不再参加盲评。"
LEFT_ALREADY = "本群本来就没有参加盲评。"
ONLY_ADMINS = "只有群主、管理员和超级用户能改这个。"
ONLY_GROUPS = "这个要在群里发。"
USAGE = (
    "对比两轮（超级用户）：\n"
    "/对比 7 题目　第 7 轮和正在服务的各答一遍\n"
    "/网页　私聊我发，在网页上对着看，也能只问一轮\n"
    "/盲评 开始 7 3天　请参加的群投票，不写时间就是一天\n"
    "/盲评 结果　看票数\n"
    "/盲评 结束　不再投票\n"
    "群管理员：/盲评 开、/盲评 关，参加或退出"
)
NO_QUESTION = "要比哪道题？例如：/对比 7 我国第一部诗歌总集是什么？也可以引用一条消息发 /对比 7。"
WHICH = f"哪个好？引用这条回「{FIRST}」（上面的）、「{SECOND}」（下面的）、「{BOTH}」或「{NEITHER}」，留给以后的训练。"
SAME = "两边答得一样。"
NEITHER_SERVES = (
    "两轮里要有一轮正在服务，才能一起答。先让一轮上线：/发布 {0}，再发 /对比 {1} 题目；和正在服务的比，只写一轮就行。"
)
NOBODY_YET = "还没有盲评过。发 /盲评 开始 7，让第 7 轮和正在服务的比一比。"
NOT_VOTING = "现在没有在盲评。"
_LONGEST = 500
_TIDY = re.compile(r"^(?:我?[选投]|/投|／投)?\s*[「『“\"']?(.+?)[」』”\"']?(?:更好|好一?点|对|好)?[。.！!～~]*$")
_SAID = {
    "甲": FIRST,
    "乙": SECOND,
    "一样": BOTH,
    "一样好": BOTH,
    "一样对": BOTH,
    "都好": BOTH,
    "都": BOTH,
    "都对": BOTH,
    "差不多": BOTH,
    "平": BOTH,
    "平手": BOTH,
    "都不": NEITHER,
    "都不对": NEITHER,
    "都不好": NEITHER,
    "都错": NEITHER,
    "都错了": NEITHER,
}
_LETTER = re.compile(r"^(?:我?[选投])?\s*[ABab][。.！!]?$")


def choice_of(text: str) -> str | None:
    """What somebody who quotes a battle votes for: one of the four words; ``None`` when it is no vote."""
    tidy = _TIDY.match(text.strip())
    return _SAID.get(tidy[1].strip()) if tidy else None


def is_letter(text: str) -> bool:
    """Whether somebody may have meant a vote, and may have meant an option."""
    return _LETTER.match(text.strip()) is not None


def battle(first: str, second: str) -> str:
    """Both answers, and how to say which is better."""
    return f"这题有两个回答，哪个好？\n【{FIRST}】\n{_short(first)}\n\n【{SECOND}】\n{_short(second)}\n\n{HOW_TO_VOTE}"


def side(title: str, figures: str, text: str) -> str:
    """One of two answers to a superuser, who may know whose it is; without *figures* it says that there is none."""
    return f"【{title}】{figures}\n{_short(text)}" if figures else f"【{title}】{text}"


def figures(seconds: float, confidence: float | None) -> str:
    """How long an answer took and how sure the model was."""
    return f"{seconds:.1f} 秒" if confidence is None else f"{seconds:.1f} 秒，把握 {confidence:.0%}"


def no_answer(error: InferenceError) -> str:
    """That a model gave none."""
    why = (
        "太忙，排不上队" if isinstance(error, ServerBusy) else "太久没有回答" if error.reason == "timeout" else "连不上"
    )
    return f"没有答出来：{why}。"


def standing(challenger: str, tally: Tally) -> str:
    """How the challenger of that name does."""
    fights = tally.serving + tally.challenger + tally.ties + tally.neither
    if not fights:
        waiting = f"已经出了 {tally.unvoted} 道题，还没人投票。" if tally.unvoted else "还没有题出给大家投票。"
        return f"{challenger}对正在服务的模型：{waiting}"
    lines = [
        f"{challenger}对正在服务的模型，{fights} 场：",
        f"胜 {tally.challenger}　负 {tally.serving}　平 {tally.ties}　都不对 {tally.neither}"
        + (f"　没人投 {tally.unvoted}" if tally.unvoted else ""),
        f"{tally.voters} 人投了 {tally.votes} 票。",
    ]
    if decided := tally.challenger + tally.serving:
        low, high = wilson(tally.challenger, decided)
        verdict = "明显更好" if low > 0.5 else "明显更差" if high < 0.5 else "还分不出高下"
        lines.append(f"分出胜负的题里胜率 {tally.challenger / decided:.0%}（{low:.0%}～{high:.0%}），{verdict}。")
    return "\n".join(lines)


def wilson(won: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share: Wilson's score interval (E. B. Wilson, 1927), fit for few trials too."""
    z = 1.96
    share = won / of
    middle = share + z * z / (2 * of)
    spread = z * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5
    below = 1 + z * z / of
    return max(0.0, (middle - spread) / below), min(1.0, (middle + spread) / below)


def _short(text: str) -> str:
    body = text.strip()
    return body if len(body) <= _LONGEST else f"{body[:_LONGEST].rstrip()}……（太长，已截断）"
