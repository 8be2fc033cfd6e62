"""What people write to set up the daily practice."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.push import commands, days, holidays, orders, pauses
from bot.services.push.commands import Command
from bot.services.push.orders import Unclear, Wanted
from bot.services.push.times import NoTime, clock, minute_of

CATEGORIES = ("历史", "法律", "经济", "地理", "中国历史")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("8:00", "08:00"),
        ("08：30", "08:30"),
        ("8点", "08:00"),
        ("早上八点", "08:00"),
        ("每天早上八点", "08:00"),
        ("每晚9点半", "21:30"),
        ("晚上十点一刻", "22:15"),
        ("下午三点三刻", "15:45"),
        ("中午12点", "12:00"),
        ("中午一点", "13:00"),
        ("十二点半", "12:30"),
        ("二十点零五分", "20:05"),
        ("晚上12点", "00:00"),
        ("凌晨零点", "00:00"),
        ("零点", "00:00"),
        ("傍晚6点", "18:00"),
        ("上午11:45", "11:45"),
        ("7.30", "07:30"),
        ("0730", "07:30"),
    ],
)
def test_times(text: str, told: str):
    minute = minute_of(text)
    assert minute is not None
    assert clock(minute) == told


@pytest.mark.parametrize("text", ["25:00", "8:60", "晚上三点", "十十点", "早上20点", "上午", "每晚"])
def test_no_times(text: str):
    with pytest.raises(NoTime):
        minute_of(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("每天", "1234567"),
        ("工作日", "12345"),
        ("周末", "67"),
        ("周一三五", "135"),
        ("周一、三、五", "135"),
        ("每周二四", "24"),
        ("周一到周五", "12345"),
        ("周六到周二", "1267"),
        ("星期天", "7"),
        ("法定工作日", "work"),
        ("节假日", "rest"),
        ("不要周末", "12345"),
        ("周末除外", "12345"),
        ("周八", None),
        ("历史", None),
    ],
)
def test_days(text: str, kept: str | None):
    assert days.read(text) == kept


def test_holidays_and_the_days_worked_for_them():
    national_day, worked_saturday = date(2026, 10, 1), date(2026, 10, 10)
    assert not days.falls_on(days.WORK, national_day)
    assert days.falls_on(days.REST, national_day)
    assert days.falls_on(days.WORK, worked_saturday)
    assert days.falls_on(days.WEEKDAYS, national_day)


def test_beyond_the_announced_years_it_goes_by_the_week():
    assert not holidays.knows(2100)
    assert days.falls_on(days.WORK, date(2100, 1, 1)) is (date(2100, 1, 1).isoweekday() < 6)
    assert days.falls_on(days.REST, date(2100, 1, 2)) is (date(2100, 1, 2).isoweekday() > 5)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Command("list", None, "")),
        ("开 08:00 常识", Command("open", None, "08:00 常识")),
        ("开08:00", Command("open", None, "08:00")),
        ("08:00 5题", Command("open", None, "08:00 5题")),
        ("停 1", Command("stop", 1, "")),
        ("停掉第2份", Command("stop", 2, "")),
        ("停", Command("stop", None, "")),
        ("删除 2", Command("stop", 2, "")),
        ("关掉 第1份", Command("stop", 1, "")),
        ("关掉安静", Command("change", None, "安静 关")),
        ("改 1 07:30 10题", Command("change", 1, "07:30 10题")),
        ("改 07:30", Command("change", None, "07:30")),
        ("改 10题", Command("change", None, "10题")),
        ("暂停 1 到 12-05", Command("pause", 1, "到 12-05")),
        ("暂停 1到12-05", Command("pause", 1, "到12-05")),
        ("暂停 到 12-05", Command("pause", None, "到 12-05")),
        ("暂停 7天", Command("pause", None, "7天")),
        ("暂停", Command("pause", None, "")),
        ("恢复 3", Command("resume", 3, "")),
        ("记录", Command("record", None, "")),
        ("现在", Command("now", None, "")),
        ("帮助", Command("help", None, "")),
        ("每天 08:00", Command("open", None, "每天 08:00")),
        ("改 第一份 9点", Command("change", 1, "9点")),
        ("停 二份", Command("stop", 2, "")),
        # Blanks within a word belong to it, not to a number of a subscription.
        ("暂停 7 天", Command("pause", None, "7天")),
        ("暂停 1 7 天", Command("pause", 1, "7天")),
        ("改 9 点", Command("change", None, "9点")),
        ("改 5 题", Command("change", None, "5题")),
        ("改 1 周末", Command("change", 1, "周末")),
        ("改 1 星期一", Command("change", 1, "星期一")),
        ("停 全部", Command("stop", None, "", everything=True)),
        ("全部暂停 三天", Command("pause", None, "三天", everything=True)),
        ("暂停 所有 到 12-05", Command("pause", None, "到 12-05", everything=True)),
        # Not the practice is called off, but its summary.
        ("取消小结", Command("change", None, "小结 关")),
        ("关 2 免打扰", Command("change", 2, "免打扰 关")),
    ],
)
def test_commands(text: str, command: Command):
    assert commands.read(text) == command


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("08:00 常识 5题 工作日", Wanted(480, "12345", "", 5)),
        ("工作日早上八点常识5题", Wanted(480, "12345", "", 5)),
        ("8点5题", Wanted(minute=480, count=5)),
        ("每晚9点半 历史 十道", Wanted(minute=1290, category="历史", count=10)),
        ("7:30 二十题", Wanted(minute=450, count=20)),
        ("免打扰 22:00-7:00 7:30", Wanted(minute=450, quiet=(1320, 420))),
        ("静音晚上十点到早上七点", Wanted(quiet=(1320, 420))),
        ("免打扰 关", Wanted(quiet="off")),
        ("8:00 时区 Asia/Tokyo", Wanted(minute=480, zone="Asia/Tokyo")),
        ("时区 东京", Wanted(zone="Asia/Tokyo")),
        ("小结 22:00", Wanted(summary=1320)),
        ("不要小结", Wanted(summary="off")),
        ("小结 关", Wanted(summary="off")),
        ("法律题 3个 周一三五", Wanted(days="135", category="法律", count=3)),
        ("免打扰 22:00-7:00，小结 20:00，8:00", Wanted(minute=480, quiet=(1320, 420), summary=1200)),
        ("每天早上八点发5道常识题", Wanted(480, "1234567", "", 5)),
        ("周一到周五每天早上8点", Wanted(480, "12345")),
        ("请给我们每天晚上9点推送3道法律题", Wanted(1260, "1234567", "法律", 3)),
        ("", Wanted()),
    ],
)
def test_wanted(text: str, wanted: Wanted):
    assert orders.read(text, CATEGORIES) == wanted


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("08:00 9:00", "前面的说法不一致"),
        ("21题", "1 到 20 题"),
        ("0题", "1 到 20 题"),
        ("25:00", "没有「25:00」"),
        ("晚上三点", "下午写成 15:00"),
        ("时区 Mars/Base", "Mars/Base"),
        ("时区 ../../etc", "不明白"),
        ("八点 唱歌", "唱歌"),
        ("免打扰 22:00-22:00", "一样"),
        ("免打扰 夜里-早上", "是几点"),
        ("小结 早点", "是几点"),
        ("后天 8:00", "不明白「后天」。日子写每天、工作日"),
        ("法律、历史 8:00", "只能选一个分类"),
        ("题", "不明白「题」"),
        ("上午", "「上午」是几点"),
        ("唱" * 500, "不明白「唱{11}…」"),
    ],
)
def test_what_is_wrong_is_named(text: str, named: str):
    with pytest.raises(Unclear, match=named):
        orders.read(text, CATEGORIES)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", None),
        ("到 12-05", date(2026, 12, 5)),
        ("到12月5日", date(2026, 12, 5)),
        ("12.5", date(2026, 12, 5)),
        ("到 1-3", date(2027, 1, 3)),
        ("2027-02-28", date(2027, 2, 28)),
        ("3天", date(2026, 11, 29)),
        ("今天", date(2026, 11, 27)),
        ("到明天", date(2026, 11, 28)),
        ("到 后天", date(2026, 11, 29)),
        ("到周日", date(2026, 11, 29)),
        ("到 下周一", date(2026, 11, 30)),
        ("下周日", date(2026, 12, 6)),
        ("到 11-27", date(2026, 11, 27)),
        ("一周", date(2026, 12, 3)),
    ],
)
def test_pauses(text: str, day: date | None):
    assert pauses.until(text, date(2026, 11, 27)) == day


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("7:30，5 题", Wanted(minute=450, count=5)),
        ("晚上 8 点 常识", Wanted(minute=1200, category="")),
        ("七点 半 10 道", Wanted(minute=450, count=10)),
        ("早上 8 点 半 三 题", Wanted(minute=510, count=3)),
        ("8 : 30 每天", Wanted(minute=510, days="1234567")),
        ("小结 晚上 9 点 免打扰 晚上 11 点 - 7 点", Wanted(summary=1260, quiet=(1380, 420))),
    ],
)
def test_blanks_within_a_word(text: str, wanted: Wanted):
    assert orders.read(commands.read(f"开 {text}").rest, CATEGORIES) == wanted


@pytest.mark.parametrize(
    "text", ["到 13-40", "到 2月30日", "到唱歌", "2020-01-01", "到 11-20", "到 9999-12-31", "0天", "99个月"]
)
def test_no_pauses(text: str):
    with pytest.raises(Unclear):
        pauses.until(text, date(2026, 11, 27))


def test_what_has_many_readings_is_refused_at_once():
    started = time.perf_counter()
    # Each 十一点 may be two words as well.
    for text in ("十一点" * 15 + "哼", "八点" * 600, "全部" * 1200 + "停"):
        with pytest.raises(Unclear):
            orders.read(commands.read(text).rest or "哼", CATEGORIES)
    assert time.perf_counter() - started < 5


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_chinese(text: str):
    command = commands.read(text)
    refused: list[str] = []
    for reading in (
        lambda: orders.read(command.rest, CATEGORIES),
        lambda: pauses.until(command.rest, date(2026, 1, 1)),
    ):
        try:
            reading()
        except Unclear as error:
            refused.append(str(error))
    assert all(any("一" <= letter <= "龥" for letter in why) for why in refused)


@given(
    minute=st.integers(0, 1439),
    wanted_days=st.sets(st.integers(1, 7), min_size=1),
    category=st.sampled_from(CATEGORIES),
    count=st.integers(1, 20),
    order=st.permutations(range(4)),
    gap=st.sampled_from([" ", "，", "　", "  "]),
)
def test_words_may_come_in_any_order(
    minute: int, wanted_days: set[int], category: str, count: int, order: list[int], gap: str
):
    kept = "".join(map(str, sorted(wanted_days)))
    parts: list[Any] = [clock(minute), days.order(kept), category, f"{count}题"]
    assert orders.read(gap.join(parts[at] for at in order), CATEGORIES) == Wanted(minute, kept, category, count)
    assert days.read(days.order(kept)) == kept
