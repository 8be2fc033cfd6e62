"""Codes for a superuser's browser, and the passes they become: in this process and in Redis."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import BotConfig
from bot.services.passes import Passes, invitation
from store.cache import Cache, MemoryCache

BOSS, SESSION = "qq:4242", "0" * 32


def passes(cache: Cache, *superusers: str) -> Passes:
    return Passes(cache, set(superusers or (BOSS,)).__contains__)


async def test_another_process_knows_the_code_and_the_pass(cache: Cache):
    code = await passes(cache).code(BOSS)
    token = await passes(cache).redeem(code, SESSION)
    assert token is not None
    found = await passes(cache).find(SESSION, token)
    assert found is not None
    assert found.member_id == BOSS
    assert token not in found.key
    await passes(cache).end(found)
    assert await passes(cache).find(SESSION, token) is None


async def test_of_many_at_one_moment_one_gets_in(cache: Cache):
    code = await passes(cache).code(BOSS)
    tokens = await asyncio.gather(*(passes(cache).redeem(code, SESSION) for _ in range(8)))
    assert sum(token is not None for token in tokens) == 1
    assert await passes(cache).redeem(code, SESSION) is None


async def test_a_pass_needs_its_session_its_secret_and_a_superuser(cache: Cache):
    token = await passes(cache).redeem(await passes(cache).code(BOSS), SESSION)
    assert token is not None
    assert await passes(cache).find("1" * 32, token) is None
    assert await passes(cache).find(SESSION, "") is None
    assert await passes(cache).find(SESSION, token[::-1]) is None
    assert await passes(cache, "qq:1").find(SESSION, token) is None


async def test_codes_differ_have_no_look_alikes_and_are_not_kept_as_they_are(monkeypatch: pytest.MonkeyPatch):
    cache = MemoryCache()
    kept: list[str] = []
    put = cache.set

    async def watched(key: str, value: str, *, ttl_s: float) -> None:
        kept.append(key)
        await put(key, value, ttl_s=ttl_s)

    monkeypatch.setattr(cache, "set", watched)
    codes = {await passes(cache).code(BOSS) for _ in range(20)}
    assert len(codes) == 20
    assert all(len(code) == 8 and not set(code) & set("0O1IL") for code in codes)
    assert not any(code in key for code in codes for key in kept)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=40))
async def test_whatever_is_typed_is_wrong_and_nothing_worse(typed: str):
    assert await passes(MemoryCache()).redeem(typed, SESSION) is None


@pytest.mark.parametrize("style", [str.lower, lambda code: f" {code[:4]} {code[4:]}\n", lambda code: "-".join(code)])
async def test_a_code_may_be_typed_as_people_do(style):
    ours = passes(MemoryCache())
    code = await ours.code(BOSS)
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code)
    assert await ours.redeem(style(code), SESSION) is not None
    assert await ours.redeem(wide, SESSION) is None  # the same one, used
    code = await ours.code(BOSS)
    assert await ours.redeem("".join(chr(ord(one) + 0xFEE0) for one in code), SESSION) is not None


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({}, "在运行机器人的那台机器上打开 http://127.0.0.1:8080/rounds，"),
        ({"host": "::1", "port": 9000}, "在运行机器人的那台机器上打开 http://[::1]:9000/rounds，"),
        ({"host": "0.0.0.0"}, "打开 http://运行机器人的那台机器:8080/rounds，"),
        ({"host": "192.168.1.5"}, "\n打开 http://192.168.1.5:8080/rounds，"),
        ({"web_url": "https://gk.example.com/"}, "\n打开 https://gk.example.com/rounds，"),
    ],
)
def test_the_reply_says_where_the_page_is(settings: dict[str, object], where: str):
    told = invitation("ABCD2345", BotConfig.model_validate(settings))
    assert told.startswith("验证码 ABCD2345，10 分钟内有效，只能用一次。\n")
    assert where in told


@pytest.mark.parametrize("url", ["gk.example.com", "ftp://gk.example.com", "https://"])
def test_an_address_of_no_page_is_refused(url: str):
    with pytest.raises(ValueError, match="web_url"):
        BotConfig(web_url=url)
