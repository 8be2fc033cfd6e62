"""What is said about the daily practice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.services.push import days, timetable
from bot.services.push.times import clock
from bot.services.sending import words as sending
from store.models import Delivery, Subscription

MOST = 5
USAGE = (
    "每日一练（群主、管理员；私聊里自己定）：\n"
    "/每日一练　有哪些，下次什么时候\n"
    "/每日一练 开 08:00 常识 5题 工作日　时间、分类、题数、日子，先后随意\n"
    "时间：早上八点、每晚9点半、7:30；日子：每天、工作日、周末、周一三五、法定工作日（含调休）\n"
    "还能加：免打扰 22:00-7:00、小结 21:30（或 关）、时区 Asia/Tokyo\n"
    "/每日一练 改 1 07:30 10题；/每日一练 停 1\n"
    "/每日一练 暂停 1 到 12-05；/每日一练 恢复 1\n"
    "/每日一练 现在　马上来一份，一小时一次\n"
    "/每日一练 记录　最近发没发，为什么"
)
NONE_HERE = "这里还没有每日一练。这样开：/每日一练 开 08:00 常识 5题 工作日"
NONE_YET_MEMBER = "这里还没有每日一练，群主或管理员可以开：/每日一练 开 08:00 5题"
ONLY_ADMINS = "只有群主、管理员和超级用户能改每日一练。发 /每日一练 可以看。"
NO_TIME = "每天几点发？这样写：/每日一练 开 08:00 常识 5题 工作日"
FULL = f"一个群最多 {MOST} 份，先停掉一份：/每日一练 停 编号"
TWICE = "已经有一份一样时间的了（第 {} 份），要改它发 /每日一练 改 {} ……"
HINT = "改、停、暂停、恢复写上编号，例如 /每日一练 停 1；用法发 /帮助 每日一练"
NO_NUMBER = "没有第 {} 份。发 /每日一练 看编号。"
NOTHING_TO_CHANGE = "要改什么？这样写：/每日一练 改 {} 07:30 10题"
NOT_PAUSED = "第 {} 份没有暂停。"
NOW = "好，马上发。"
NOW_AGAIN = "一小时内已经临时发过一份了，晚点再来。"
NO_DELIVERIES = "还没有发过。"
STOP_CHECK = "要停掉{}的每日一练吗？回「确认退订」就停，五分钟内有效。"
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
_WEEK = "一二三四五六日"
_VERBS: dict[str, str] = {"stop": "停", "change": "改", "pause": "暂停", "resume": "恢复", "now": "现在"}


def summary_line(subscription: Subscription, now: datetime) -> str:
    """``1　每天 08:00　常识 5 题　下次明天 08:00``"""
    return f"{subscription.number}　{what(subscription)}　{standing(subscription, now)}"


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
    if subscription.state == "paused":
        until = subscription.paused_until
        return "暂停中" if until is None else f"暂停到 {until.month}月{until.day}日"
    return f"下次{moment(timetable.next_due(subscription, now), subscription.zone, now)}"


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
    evening = "没有晚间小结" if subscription.summary_minute is None else f"小结 {clock(subscription.summary_minute)}"
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


def which(verb: str, known: Sequence[Subscription]) -> str:
    """That a number is missing."""
    listed = "\n".join(f"{one.number}　{what(one)}" for one in known)
    return f"有 {len(known)} 份，写上编号，例如 /每日一练 {_VERBS[verb]} {known[0].number}\n{listed}"


def quiet_clash(minute: int, begin: int, end: int, *, summary: bool) -> str:
    """That a time lies in the quiet hours."""
    name = "小结" if summary else "发题"
    return f"{name}的时间 {clock(minute)} 落在免打扰 {span(begin, end)} 里，改其中一个，例如加上 免打扰 22:30-6:00。"


def stopped(subscription: Subscription) -> str:
    return f"好，停了。想再开：/每日一练 开 {again(subscription)}"


def again(subscription: Subscription) -> str:
    """What to write to get the same."""
    topic = subscription.category or "常识"
    days_said = "" if subscription.days == days.EVERY else f" {days.order(subscription.days)}"
    return f"{clock(subscription.minute)} {topic} {subscription.count}题{days_said}"


def paused(subscription: Subscription, until: date | None) -> str:
    if until is None:
        return f"好，第 {subscription.number} 份暂停了。接着来发 /每日一练 恢复 {subscription.number}"
    return f"好，第 {subscription.number} 份暂停到 {until.month}月{until.day}日，过了那天自己接着来。"


def resumed(subscription: Subscription, now: datetime) -> str:
    return f"好，第 {subscription.number} 份接着来。{_next(subscription, now)}"


def farewell(subscription: Subscription, silent: int) -> str:
    """The last word before a subscription sleeps."""
    again = f"/每日一练 恢复 {subscription.number}"
    return f"连着 {silent} 次没人答，每日一练先歇一歇，不打扰大家。想练了，管理员发 {again}，或者谁答一道题，就接着来。"


def record(deliveries: Sequence[tuple[Delivery, Subscription]]) -> str:
    """What became of the last ones."""
    lines: list[str] = []
    for delivery, subscription in deliveries:
        planned = timetable.local(delivery.planned_at, subscription.zone)
        told = _STATES[delivery.state]
        if delivery.reason and delivery.state != "sent":
            told += f"：{_REASONS.get(delivery.reason) or sending.reason(delivery.reason)}"
        elif delivery.sent_at and delivery.sent_at - delivery.planned_at >= timetable.NOTICEABLE:
            told += f"（{timetable.local(delivery.sent_at, subscription.zone):%H:%M}）"
        lines.append(f"{planned:%m-%d %H:%M}　第 {subscription.number} 份{_KINDS[delivery.kind]}　{told}")
    return "\n".join(lines)


def span(begin: int, end: int) -> str:
    return f"{clock(begin)}-{clock(end)}"


def _next(subscription: Subscription, now: datetime) -> str:
    return f"{standing(subscription, now)}。"


def _calendar_note(subscription: Subscription, now: datetime) -> list[str]:
    """Whether the days off that it goes by are known."""
    if not days.is_official(subscription.days):
        return []
    due = timetable.local(timetable.next_due(subscription, now), subscription.zone)
    year = due.year if not days.knows(due.year) else due.year + 1
    if days.knows(year):
        return []
    return [f"{year} 年的放假安排还没有收进来，到时先按周一到周五算，更新机器人后就准。"]
