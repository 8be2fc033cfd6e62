"""What is said of a daily digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.services.digest.morning import Morning
from bot.services.digest.outcome import ItemOutcome, Outcome
from bot.services.push.content import STOP_WORD
from bot.services.quiz import words as quiz
from paper.excerpts import excerpt
from store.digests import Kept

TITLE = "每日一练"
HEAD = f"{TITLE}　"
"""What the questions begin with."""
USAGE = (
    "每日一练发出来以后，全天都能答：\n"
    "1A 2BD 3对　题号加答案，一次答几题都行\n"
    "ABCDA　每题一个字母，按顺序\n"
    "引用那条消息回 3B；也可以私聊我答，马上知道对错\n"
    "每题答一次，到点一起揭晓；/今日答案　答完的人私聊可以先看\n"
    "一天有几份，引用那份发 /今日答案，或者写上第几份：/今日答案 2"
)
EVENING = "今日揭晓"
CLOSED = "这份已经揭晓了，发 /今日答案 看答案。"
NONE_HERE = "这里还没有每日一练。"
NOT_KNOWN_HERE = "现在没有你能私聊答的每日一练。群里的题，先在那个群里答一次，我才知道你是哪个群的。"
WHICH = "你在几个群都有今天的题，到群里答，我才知道是哪一份。"
_DAYS = "一二三四五六日"
_KINDS = {"single": "", "multiple": "多选", "judge": "判断"}
_EXAMPLES = {"single": "A", "multiple": "BD", "judge": "对"}
_SHOWN_EXAMPLES = 3
_LINE = 26
"""Characters of options that share a line of a phone."""
_WHY = 60
_NAMES = 10
_NAME = 16
_STREAKS = 3
_LONG_STREAK = 3
"""Days from which a member's streak is worth a word."""
_LONGEST_GROUP = 12
"""Characters of a group's number; an openid is longer, and nobody knows it by heart."""


def digest(morning: Morning) -> str:
    """The questions, complete by themselves."""
    kept = morning.kept
    head = f"{HEAD}{day_of(kept.digest.day)}"
    facts = "，".join(facts_of(morning))
    questions = [question(item.number, item.asked) for item in kept.items]
    return "\n".join([head, *([f"{facts}。"] if facts else []), "", *questions, "", foot(morning)])


def digest_caption(morning: Morning) -> str:
    """Beside the picture of the questions."""
    kept = morning.kept
    return f"{HEAD}{day_of(kept.digest.day)}，{len(kept.items)} 题\n{foot(morning)}"


def facts_of(morning: Morning) -> list[str]:
    """What keeps one at it: 离国考 12 天, 连着 6 天."""
    exam = [f"离{morning.exam}还有 {morning.days_left} 天"] if morning.days_left else []
    exam = [f"今天{morning.exam}，加油"] if morning.exam and not morning.days_left else exam
    whose = "你" if morning.alone else "大家"
    return [*exam, *([f"{whose}已经连着答了 {morning.streak} 天"] if morning.streak > 1 else [])]


def question(number: int, asked: Mapping[str, Any]) -> str:
    """One question with its options."""
    kind = _KINDS[asked["kind"]]
    stem = " ".join(asked["stem"].split())
    lettered = [f"{letter}. {text}" for letter, text in options(asked)]
    if sum(map(len, lettered)) + 2 * len(lettered) <= _LINE:
        lettered = ["　".join(lettered)]
    return "\n".join([f"{number}. {f'〔{kind}〕' if kind else ''}{stem}", *lettered])


def options(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Letters and texts; a statement can be answered by letters too, so that a row of them answers everything."""
    texts = asked["options"] or (["对", "错"] if asked["kind"] == "judge" else [])
    return list(zip(quiz.LETTERS, texts, strict=False))


def kind(asked: Mapping[str, Any]) -> str:
    """多选, 判断; empty for what needs no word."""
    return _KINDS[asked["kind"]]


def how(morning: Morning) -> str:
    """How to answer, in one line."""
    items = morning.kept.items
    example = " ".join(f"{item.number}{_EXAMPLES[item.asked['kind']]}" for item in items[:_SHOWN_EXAMPLES])
    when = f"，{morning.reveals_at} 揭晓" if morning.reveals_at and not morning.alone else ""
    more = "" if when else "，答完发 /今日答案 看解析" if morning.alone else "，答完私聊我发 /今日答案 看解析"
    return f"回「{example}」就行，每题答一次{when}{more}。"


def stop(*, alone: bool) -> str:
    """How to be rid of it."""
    return f"不想再收，{'' if alone else '管理员'}回「{STOP_WORD}」。"


def foot(morning: Morning) -> str:
    """How to answer, and how to be rid of it."""
    return f"{how(morning)}\n{stop(alone=morning.alone)}"


def taken(
    kept: Kept,
    fresh: Mapping[int, bool],
    before: Mapping[int, bool],
    problems: Sequence[str],
    *,
    private: bool,
    reveal: str,
) -> str:
    """What became of a member's answers: of the *fresh* ones, and of those given *before*; right or not by number.

    Only in private it is told what is right; elsewhere when it will be, *reveal*.
    """
    missing = [item.number for item in kept.items if item.number not in fresh and item.number not in before]
    parts: list[str] = []
    if fresh and private:
        parts.append("　".join(f"{number} {'✓' if right else '✗'}" for number, right in sorted(fresh.items())))
    elif fresh and (missing or before):
        parts.append(f"记下了第 {listed(sorted(fresh))} 题")
    if not missing:
        count, good = len(kept.items), sum(fresh.values()) + sum(before.values())
        if private:
            parts.append(f"{count} 题对了 {good}，发 /今日答案 看解析")
        elif fresh:
            whole = "记下了" if count == 1 else f"{count} 题都{'答完' if before else '记下'}了"
            parts.append(f"{whole}，{_when(reveal)}")
    elif fresh:
        parts.append(f"还差第 {listed(missing)} 题")
    return "；".join([*(["，".join(parts)] if parts else []), *problems]) + "。"


def locked(numbers: Sequence[int]) -> str:
    """That these were answered before."""
    return f"第 {listed(sorted(numbers))} 题答过了，不能改"


def not_here(reveal: str) -> str:
    """That the key is not shown in the group yet; *reveal*: when it will be."""
    return f"{reveal} 揭晓。想先看，答完私聊我发 /今日答案。" if reveal else "答完私聊我发 /今日答案 看解析。"


def missing(kept: Kept, answered: Mapping[int, object]) -> str:
    """What a member has to answer before the key is shown."""
    left = [item.number for item in kept.items if item.number not in answered]
    return f"第 {listed(left)} 题还没答，答完就能看。"


def how_to_answer(*, private: bool) -> str:
    """How a set is answered, and when its key may be seen."""
    return f"这是每日一练，答题带上题号，例如 1A 2B。想看答案，答完{'' if private else '私聊我'}发 /今日答案。"


def called(kept: Kept, at: datetime, *, with_chat: bool = False) -> str:
    """``群 67890 08:00 常识 5 题``: which of a day's digests it is; *at*: when it came, on the chat's clocks."""
    group = kept.quiz.group_id
    # Of an openid nobody knows the whole.
    chat = "" if not with_chat else "私聊 " if group is None else f"群 {group.rpartition(':')[2][-_LONGEST_GROUP:]} "
    return f"{chat}{at:%H:%M} {kept.quiz.category or '常识'} {len(kept.items)} 题"


def others(names: Sequence[str], number: int) -> str:
    """Which others the day had beside the one of that *number*."""
    rest = "、".join(f"/今日答案 {at}（{name}）" for at, name in enumerate(names, start=1) if at != number)
    return f"这天有 {len(names)} 份，这是第 {number} 份（{names[number - 1]}）；看别的发 {rest}"


def no_such(names: Sequence[str]) -> str:
    """That the day had no digest of that number."""
    if len(names) == 1:
        return f"这天只有一份（{names[0]}），发 /今日答案 就行。"
    listed = "\n".join(f"{at}　{name}" for at, name in enumerate(names, start=1))
    return f"这天有 {len(names)} 份，写上编号，例如 /今日答案 1\n{listed}"


def own_key(kept: Kept, mine: Mapping[int, tuple[str, bool]]) -> str:
    """The key for who has answered everything: what was answered and whether that is right, by number."""
    good = sum(right for _, right in mine.values())
    lines = [f"{day_of(kept.digest.day)}，{len(kept.items)} 题对了 {good}。"]
    for item in kept.items:
        said, right = mine[item.number]
        told = "✓" if right else f"✗ 你答的是 {said}，"
        lines.append(f"{item.number}. {told}{' ' if right else ''}{quiz.key(item.asked)}")
        lines += _why(item.asked)
    return "\n".join(lines)


def summary(outcome: Outcome) -> str:
    """How the day went, with the key, complete by itself."""
    lines = [f"{EVENING}　{day_of(outcome.kept.digest.day)}", f"{took_part(outcome)}。", ""]
    for one in outcome.items:
        lines.append(f"{one.item.number}. {quiz.key(one.item.asked)}{rate(one, alone=outcome.alone)}")
        lines += _why(one.item.asked)
    if told := "，".join(streaks(outcome)):
        lines += ["", f"{told}。"]
    return "\n".join(lines)


def summary_caption(outcome: Outcome) -> str:
    """Beside the picture of how the day went."""
    return f"{EVENING}　{day_of(outcome.kept.digest.day)}\n{took_part(outcome)}。"


def took_part(outcome: Outcome) -> str:
    """Who answered, and who was right everywhere."""
    count = len(outcome.items)
    if not outcome.players:
        return "今天没人答"
    if outcome.alone:
        return f"{count} 题答了 {outcome.players[0].answered}，对了 {outcome.players[0].right}"
    perfect = [name(one.name) for one in outcome.perfect]
    told = f"{len(outcome.players)} 人答了"
    if perfect:
        return f"{told}，{people(perfect)}全对"
    best = outcome.players[0]
    return f"{told}，{name(best.name)}对得最多，{best.right}/{count}" if best.right else told


def people(names: Sequence[str]) -> str:
    """Names, as many as can be read."""
    shown = "、".join(names[:_NAMES])
    return f"{shown} " if len(names) <= _NAMES else f"{shown}等 {len(names)} 人"


def rate(one: ItemOutcome, *, alone: bool) -> str:
    """How many were right."""
    return "" if alone or not one.answered else f"（{one.right}/{one.answered} 人对）"


def streaks(outcome: Outcome) -> list[str]:
    """Days in a row, of all and of the most constant."""
    whose = "你" if outcome.alone else "大家"
    told = [f"{whose}已经连着答了 {outcome.streak} 天"] if outcome.streak > 1 else []
    if outcome.alone:
        return told
    constant = sorted((one for one in outcome.players if one.streak >= _LONG_STREAK), key=lambda one: -one.streak)
    return [*told, *(f"{name(one.name)} {one.streak} 天" for one in constant[:_STREAKS])]


def constant(streak: int) -> str:
    """A member's days in a row, where they are worth a word."""
    return f"连着 {streak} 天" if streak >= _LONG_STREAK else ""


def day_of(day: date) -> str:
    """11月27日 周五."""
    return f"{day.month}月{day.day}日 周{_DAYS[day.weekday()]}"


def why(asked: Mapping[str, Any]) -> str:
    """The explanation in one line; empty when there is none."""
    flat = " ".join(asked["explanation"].split())
    first = flat.partition("。")[0]
    return excerpt(f"{first}。" if first != flat.rstrip("。") or flat.endswith("。") else flat, _WHY) if flat else ""


def listed(numbers: Sequence[int]) -> str:
    return "、".join(map(str, numbers))


def name(text: str) -> str:
    """A member's name on one line: it must not look like a line of ours."""
    return excerpt(text, _NAME) or "某位成员"


def _when(reveal: str) -> str:
    return f"{reveal} 揭晓" if reveal else "私聊我发 /今日答案 看解析"


def _why(asked: Mapping[str, Any]) -> list[str]:
    return [f"　 {told}"] if (told := why(asked)) else []
