"""Codes: good once, for ten minutes, for whoever types them somehow; nobody guesses one."""

from __future__ import annotations

import asyncio

import pytest

from bot.services.people.codes import Codes, TriedTooOften
from store.cache import MemoryCache

ME, OTHER = "qq:1", "telegram:2"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_code_is_good_once():
    codes = Codes(MemoryCache())
    code = await codes.give(ME)
    assert len(code) == 6
    assert not set(code) & set("01OIL")
    assert await codes.owner(f" {code[:3].lower()}-{code[3:]} ", by=OTHER) == ME
    assert await codes.take(OTHER) == ME
    assert await codes.owner(code, by=OTHER) is None
    assert await codes.take(OTHER) is None


async def test_of_many_at_one_moment_one_is_the_first():
    codes = Codes(MemoryCache())
    code = await codes.give(ME)
    others = [f"telegram:{number}" for number in range(5)]
    for other in others:
        assert await codes.owner(code, by=other) == ME
    taken = await asyncio.gather(*map(codes.take, others))
    assert [owner for owner in taken if owner] == [ME]


async def test_a_new_code_ends_the_one_before():
    codes = Codes(MemoryCache())
    first, second = await codes.give(ME), await codes.give(ME)
    assert await codes.owner(first, by=OTHER) is None
    assert await codes.owner(second, by=OTHER) == ME


async def test_a_code_ends_after_ten_minutes():
    clock = Clock()
    codes = Codes(MemoryCache(clock=clock))
    code = await codes.give(ME)
    clock.now = 599
    assert await codes.owner(code, by=OTHER) == ME
    clock.now = 601
    assert await codes.owner(code, by=OTHER) is None


@pytest.mark.parametrize("typed", ["", "12345", "0OIL10", "ABCDEFG", "绑定绑定绑定"])
async def test_what_is_no_code_is_wrong(typed: str):
    codes = Codes(MemoryCache())
    assert await codes.owner(typed, by=OTHER) is None
    assert not await codes.spoil(typed)
    assert await codes.take(OTHER) is None


async def test_nobody_guesses_for_long():
    clock = Clock()
    codes = Codes(MemoryCache(clock=clock))
    code = await codes.give(ME)
    for _ in range(5):
        assert await codes.owner("222222", by=OTHER) is None
    with pytest.raises(TriedTooOften):
        await codes.owner(code, by=OTHER)
    assert await codes.owner(code, by="qq:3") == ME
    clock.now = 601
    assert await codes.owner(code, by=OTHER) is None


async def test_the_cache_does_not_hold_the_code():
    cache = MemoryCache()
    code = await Codes(cache).give(ME)
    assert code not in str(vars(cache))


@pytest.mark.parametrize("around", ["绑定码 {}", "：{}", "{} 十分钟内有效，快用", "{}，10 分钟", "我的码是{}"])
async def test_a_code_is_found_among_words(around: str):
    codes = Codes(MemoryCache())
    code = await codes.give(ME)
    assert await codes.owner(around.format(code), by=OTHER) == ME
    assert await codes.spoil(around.format(code))
    assert await codes.owner(code, by=OTHER) is None
    assert await codes.take(OTHER) is None
