"""What is said about the daily practice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.services.push import days, holidays, timetable
from bot.services.push.orders import OPENING
from bot.services.push.times import clock
from bot.services.sending import words as sending
from paper.excerpts import excerpt
from store import deliveries
from store.models import Delivery, Subscription

MOST = 5
USAGE = (
    "每日一练（群主、管理员；私聊里自己定）：\n"
    "/每日一练　有哪些（带编号），下次什么时候\n"
    "/每日一练 开 08:00 常识 5题 工作日　时间、分类、题数、日子，先后随意\n"
    "时间：早上八点、每晚9点半、7:30；日子：每天、工作日、周末、周一三五、法定工作日（含调休）\n"
    "还能加：小结 21:30（公布答案，写 关 就不发）、免打扰 22:00-7:00、时区 Asia/Tokyo\n"
    "/每日一练 改 1 07:30 10题　1 是编号，只写要改的\n"
    "/每日一练 暂停 1 到 12-05；/每日一练 恢复 1\n"
    "/每日一练 停 1　不再发，停 全部 也行\n"
    "/每日一练 现在　马上来一份，一小时一次\n"
    "/每日一练 记录　最近发没发，为什么"
)
NONE_HERE = "这里没有每日一练。这样开：/每日一练 开 08:00 常识 5题 工作日"
NONE_YET_MEMBER = "这里没有每日一练，群主或管理员可以开：/每日一练 开 08:00 5题"
ONLY_ADMINS = "只有群主和管理员能改每日一练。发 /每日一练 可以看。"
NO_TIME = "每天几点发？这样写：/每日一练 开 08:00 常识 5题 工作日"
FULL = f"最多 {MOST} 份，先停掉一份：/每日一练 停 编号"
TWICE = "已经有一份一样时间的了（第 {} 份），要改它发 /每日一练 改 {} ……"
HINT = "改、停、暂停、恢复写上编号，例如 /每日一练 停 1；用法发 /帮助 每日一练"
STOP_WHICH = "停后面只写编号：/每日一练 停 {}\n只歇几天：/每日一练 暂停 {} 三天"
NO_NUMBER = "没有第 {} 份。发 /每日一练 看编号。"
CHANGING = "/每日一练 改 {} 07:30 10题"
NOTHING_TO_CHANGE = "要改什么？这样写：{}"
NOT_PAUSED = "第 {} 份没有暂停。"
NOW = "好，马上发。"
NOTHING_NOW = "题库里没有合适的新题了，这回先不发。"
NOW_AGAIN = "一小时内已经临时发过一份了，晚点再来。"
NO_DELIVERIES = "还没有发过。"
STOP_CHECK = "要停掉{} 的每日一练吗？回「确认退订」就停，五分钟内有效。"
GOES_ON = "好，照常发。"
STOP_MANY = "这里有 {} 份每日一练，发 /每日一练 停 编号：\n{}"
STOPPED_ALREADY = "这份已经停了。"
CONFIRM = "确认退订"
_REASONS = {
    "down": "机器人当时没在运行",
    "paused": "暂停中",
    "asleep": "一直没人答，歇着",
    "stopped": "已经停了",
    "nothing": "没有合适的题",
    deliveries.SUMMARY_OFF: "小结关了",
    "unprepared": "题没出成",
}
"""What is no platform's doing; the rest is worded by :mod:`bot.services.sending.words`."""
_STATES = {
    "due": "等着发",
    "claimed": "正在发",
    "held": "晚点再试",
    "sent": "发了",
    "perhaps": "可能发了",
    "missed": "没发成",
    "skipped": "没发",
}
_KINDS = {"digest": "题目", "summary": "小结", "extra": "临时一份"}
_SHOWN = 40
"""Characters of an order that are repeated."""
_EARLIER = 30
"""Minutes before quiet hours that a summary may come at."""
_WEEK = "一二三四五六日"
_VERBS: dict[str, str] = {"stop": "停", "change": "改", "pause": "暂停", "resume": "恢复", "now": "现在"}


def summary_line(subscription: Subscription, now: datetime) -> str:
    """``1　每天 08:00　常识 5 题　下次明天 08:00``"""
    usual = subscription.summary_minute == timetable.SUMMARY_MINUTE and subscription.quiet_from is None
    more = "" if usual else f"，{details(subscription)}"
    return f"{subscription.number}　{what(subscription)}{more}　{standing(subscription, now)}"


def what(subscription: Subscription) -> str:
    """``周一到周五 08:00，历史 5 题``"""
    zone = "" if subscription.zone == "Asia/Shanghai" else f"（{subscription.zone}）"
    topic = subscription.category or "常识"
    return f"{when(subscription)}{zone}，{topic} {subscription.count} 题"


def when(subscription: Subscription) -> str:
    """``每天 08:00``"""
    return f"{days.told(subscription.days)} {clock(subscription.minute)}"


def standing(subscription: Subscription, now: datetime) -> str:
    """When the next one comes, or why none does."""
    if subscription.state == "asleep":
        return "没人答，先歇着；有人答题或发「恢复」就接着来"
    if timetable.paused(subscription, timetable.local(now, subscription.zone).date()):
        return "暂停中" if subscription.paused_until is None else _pause(subscription, subscription.paused_until, now)
    return f"下次{moment(next_of(subscription, now), subscription.zone, now)}"


def next_of(subscription: Subscription, now: datetime) -> datetime:
    """When the next one comes; a day that had its questions already gets no others."""
    return timetable.next_due(subscription, max(now, subscription.next_at))


def moment(at: datetime, zone: str, now: datetime) -> str:
    """``今天 20:00``, ``明天 08:00``, ``周一 08:00``, ``12月5日 08:00``"""
    then, today = timetable.local(at, zone), timetable.local(now, zone).date()
    away = (then.date() - today).days
    if 0 <= away <= 2:
        day = ("今天", "明天", "后天")[away]
    elif 2 < away < 7:
        day = f"周{_WEEK[then.weekday()]}"
    else:
        day = f"{then.month}月{then.day}日"
    return f"{day} {then:%H:%M}"


def details(subscription: Subscription) -> str:
    """What stands besides the time: summary and quiet hours."""
    evening = _evening(subscription)
    if subscription.quiet_from is None or subscription.quiet_until is None:
        return evening
    return f"{evening}，免打扰 {span(subscription.quiet_from, subscription.quiet_until)}"


def opened(subscription: Subscription, now: datetime) -> str:
    """That it is set up."""
    lines = [
        f"好，第 {subscription.number} 份：{what(subscription)}，{details(subscription)}。{_next(subscription, now)}"
    ]
    lines += _calendar_note(subscription, now)
    return "\n".join(lines)


def changed(subscription: Subscription, now: datetime) -> str:
    lines = [
        f"改好了，第 {subscription.number} 份：{what(subscription)}，{details(subscription)}。{_next(subscription, now)}"
    ]
    return "\n".join([*lines, *_calendar_note(subscription, now)])


def no_time(rest: str, known: Sequence[Subscription]) -> str:
    """That an order for another one names no time; *rest* may have been meant for one of those that are *known*."""
    if not rest or not known:
        return NO_TIME
    number = str(known[0].number) if len(known) == 1 else "编号"
    return f"{NO_TIME}\n要改已有的：/每日一练 改 {number} {excerpt(rest, _SHOWN)}"


def suggested(text: str, *, may_change: bool) -> str:
    """How to order what a member wished for in a sentence; without *text* as the usual example."""
    who = "" if may_change else "请群主或管理员"
    return f"定时发题{who}这样开：{f'/每日一练 开 {text}' if text else OPENING}"


def which(verb: str, known: Sequence[Subscription]) -> str:
    """That a number is missing."""
    listed = "\n".join(f"{one.number}　{what(one)}" for one in known)
    return f"有 {len(known)} 份，写上编号，例如 /每日一练 {_VERBS[verb]} {known[0].number}\n{listed}"


def quiet_clash(minute: int, begin: int, end: int, *, summary: bool) -> str:
    """That a time lies in the quiet hours."""
    name = "小结" if summary else "发题"
    earlier = clock((begin - _EARLIER) % (24 * 60))
    advice = f"小结提前一点，例如加上 小结 {earlier}。" if summary else "换个时间，或者加上 免打扰 关。"
    return f"{name}的时间 {clock(minute)} 落在免打扰 {span(begin, end)} 里，{advice}"


def stopped(subscription: Subscription) -> str:
    return f"好，停了。想再开：/每日一练 开 {again(subscription)}"


def again(subscription: Subscription) -> str:
    """What to write to get the same."""
    topic = subscription.category or "常识"
    said = [clock(subscription.minute), topic, f"{subscription.count}题"]
    if subscription.days != days.EVERY:
        said.append(days.order(subscription.days))
    if subscription.zone != "Asia/Shanghai":
        said.append(f"时区 {subscription.zone}")
    if subscription.quiet_from is not None and subscription.quiet_until is not None:
        said.append(f"免打扰 {span(subscription.quiet_from, subscription.quiet_until)}")
    if (minute := subscription.summary_minute) != timetable.SUMMARY_MINUTE:
        said.append(f"小结 {'关' if minute is None else clock(minute)}")
    return " ".join(said)


def paused(subscription: Subscription, until: date | None, now: datetime) -> str:
    if until is None:
        return f"好，第 {subscription.number} 份暂停了。接着来发 /每日一练 恢复 {subscription.number}"
    return f"好，第 {subscription.number} 份{_pause(subscription, until, now)}。"


def resumed(subscription: Subscription, now: datetime) -> str:
    return f"好，第 {subscription.number} 份接着来。{_next(subscription, now)}"


def farewell(subscription: Subscription, silent: int) -> str:
    """The last word before a subscription sleeps."""
    again = f"/每日一练 恢复 {subscription.number}"
    return f"连着 {silent} 次没人答，每日一练先歇一歇，不打扰大家。想练了，管理员发 {again}，或者谁答一道题，就接着来。"


def record(rows: Sequence[tuple[Delivery, Subscription]]) -> str:
    """What became of the last ones."""
    lines: list[str] = []
    for delivery, subscription in rows:
        planned = timetable.local(delivery.planned_at, subscription.zone)
        told, over = _STATES[delivery.state], "（已停）" if subscription.state == "stopped" else ""
        if delivery.reason and delivery.state != "sent":
            told += f"：{_REASONS.get(delivery.reason) or sending.reason(delivery.reason)}"
        elif delivery.sent_at and delivery.sent_at - delivery.planned_at >= timetable.NOTICEABLE:
            told += f"（{timetable.local(delivery.sent_at, subscription.zone):%H:%M}）"
        lines.append(f"{planned:%m-%d %H:%M}　第 {subscription.number} 份{over}{_KINDS[delivery.kind]}　{told}")
    return "\n".join(lines)


def span(begin: int, end: int) -> str:
    return f"{clock(begin)}-{clock(end)}"


def _pause(subscription: Subscription, until: date, now: datetime) -> str:
    """``暂停到 12月5日，12月7日 08:00 接着来``"""
    over = timetable.instant(until + timedelta(days=1), 0, subscription.zone)
    back = timetable.next_due(subscription, max(over, subscription.next_at))
    return f"暂停到 {until.month}月{until.day}日，{moment(back, subscription.zone, now)} 接着来"


def _evening(subscription: Subscription) -> str:
    """``小结 21:30``; what is asked too late for it is told of a day later."""
    minute = subscription.summary_minute
    if minute is None:
        return "没有小结"
    early = minute - subscription.minute < timetable.ANSWER_MINUTES
    return f"小结{'第二天' if early else ''} {clock(minute)}"


def _next(subscription: Subscription, now: datetime) -> str:
    return f"{standing(subscription, now)}。"


def _calendar_note(subscription: Subscription, now: datetime) -> list[str]:
    """Whether the days off that it goes by are known."""
    if not days.is_official(subscription.days):
        return []
    due = timetable.local(next_of(subscription, now), subscription.zone)
    year = due.year if not holidays.knows(due.year) else due.year + 1
    if holidays.knows(year):
        return []
    return [f"{year} 年的放假安排还没有收进来，先按周一到周五算，收进来以后就准。"]
