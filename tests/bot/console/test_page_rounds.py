"""Two rounds side by side on the page: who gets in, what is asked, what is voted for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.services.arena import words
from inference.target import Target
from store import arena
from store.cache import CacheUnavailable, MemoryCache
from tests.bot.arena.two_models import OURS, QUESTION, THEIRS, Stage, said, stage
from tests.bot.console.conftest import Browser, StartPage
from tests.bot.console.rounds_page import BOSS, JSON, STREAM, Hall, opened
from tests.inference.asking import until

__all__ = ["stage"]
NewBrowser = Callable[[], Browser]
WRONG = "验证码不对，或者用过、过期了。"


@pytest.fixture
async def hall(start: StartPage, stage: Stage) -> Hall:
    return await opened(start, stage)


@pytest.fixture
async def boss(hall: Hall, new_browser: NewBrowser) -> Browser:
    """Somebody who typed a code."""
    browser = new_browser()
    assert (await hall.enter(browser)).status == 303
    return browser


# Getting in


async def test_without_a_code_there_is_only_the_field_for_one(hall: Hall, new_browser: NewBrowser):
    browser = new_browser()
    page = await (await browser.get(hall.url)).text()
    assert "私聊机器人发 /网页" in page
    assert "第 7 轮" not in page
    assert "验证码" in await (await browser.post(hall.url, data={"text": QUESTION, "round": "7"})).text()
    for path in (hall.url, f"{hall.url}/1/vote"):
        reply = await browser.post(path, data={"text": QUESTION, "round": "7", "choice": "甲"}, headers=JSON)
        assert (reply.status, "先用验证码登录" in await reply.text()) == (403, True)
    assert hall.stage.process.asked == []


async def test_a_code_makes_the_browser_the_superusers_for_twelve_hours(hall: Hall, new_browser: NewBrowser):
    browser = new_browser()
    reply = await hall.enter(browser)
    assert (reply.status, reply.headers["Location"]) == (303, "/rounds")
    [cookie] = [one for one in reply.headers.getall("Set-Cookie") if one.startswith("gongkao_superuser=")]
    assert {"HttpOnly", "SameSite=strict", "Max-Age=43200"} <= set(cookie.split("; "))
    assert BOSS not in cookie
    page = await (await browser.get(hall.url)).text()
    assert "哪一轮答得好？" in page
    hall.now[0] += 12 * 3600 - 1
    assert "哪一轮答得好？" in await (await browser.get(hall.url)).text()
    hall.now[0] += 2
    assert "填在下面" in await (await browser.get(hall.url)).text()


async def test_a_code_is_good_once(hall: Hall, new_browser: NewBrowser):
    code = await hall.passes.code(BOSS)
    first, second = new_browser(), new_browser()
    typed = f" {code[:4].lower()}-{code[4:]}　"
    assert (await first.post(f"{hall.url}/code", data={"code": typed}, allow_redirects=False)).status == 303
    reply = await second.post(f"{hall.url}/code", data={"code": code})
    assert (reply.status, WRONG in await reply.text()) == (403, True)


async def test_a_code_is_over_after_ten_minutes(hall: Hall, new_browser: NewBrowser):
    code = await hall.passes.code(BOSS)
    hall.now[0] += 601
    reply = await new_browser().post(f"{hall.url}/code", data={"code": code})
    assert (reply.status, WRONG in await reply.text()) == (403, True)


async def test_a_wrong_code_makes_the_next_wait_even_if_sent_at_once(hall: Hall, new_browser: NewBrowser):
    browser = new_browser()
    await browser.get(hall.url)
    replies = await asyncio.gather(*(browser.post(f"{hall.url}/code", data={"code": "ABCD2345"}) for _ in range(5)))
    assert sorted(reply.status for reply in replies) == [403, 429, 429, 429, 429]
    early = await hall.enter(browser)
    assert (early.status, early.headers["Retry-After"]) == (429, "1")
    await asyncio.sleep(1.05)
    assert (await hall.enter(browser)).status == 303


async def test_who_is_no_superuser_any_more_is_out(hall: Hall, boss: Browser):
    await hall.challenger()
    [(_, answer)] = await hall.ask(boss, QUESTION)
    hall.superusers.clear()
    assert "填在下面" in await (await boss.get(hall.url)).text()
    vote = await boss.post(f"{hall.url}/{answer['battle_id']}/vote", data={"choice": "甲"}, headers=JSON)
    assert vote.status == 403
    async with hall.stage.sessions() as session:
        assert (await arena.fought(session))[0][1] == {}


async def test_a_pass_counts_in_its_own_session_alone(hall: Hall, boss: Browser, new_browser: NewBrowser):
    token = {cookie.key: cookie.value for cookie in boss.session.cookie_jar}["gongkao_superuser"]
    other = new_browser()
    await other.get(hall.url)
    other.session.cookie_jar.update_cookies({"gongkao_superuser": token})
    assert "填在下面" in await (await other.get(hall.url)).text()


async def test_the_shared_token_is_needed_and_not_enough(start: StartPage, stage: Stage, new_browser: NewBrowser):
    hall = await opened(start, stage, token="open-sesame-123")
    browser = new_browser()
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/code"), ("POST", "/1/vote"), ("POST", "/exit")):
        reply = await browser.request(method, hall.url + path, data={"code": "x"}, allow_redirects=False)
        assert (reply.status, reply.headers["Location"]) == (303, "/login")
    await browser.post(f"{hall.page.url}/login", data={"token": "open-sesame-123"})
    assert "填在下面" in await (await browser.get(hall.url)).text()
    assert (await hall.enter(browser)).status == 303
    assert "哪一轮答得好？" in await (await browser.get(hall.url)).text()


@pytest.mark.parametrize("path", ["", "/code", "/1/vote", "/exit"])
async def test_another_site_cannot_act_for_a_superuser(hall: Hall, boss: Browser, path: str):
    fields = {"text": QUESTION, "round": "7", "code": "x", "choice": "甲"}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        reply = await boss.post(hall.url + path, data=fields, headers=headers)
        assert (reply.status, "来自别的网站" in await reply.text()) == (403, True)
    assert hall.stage.process.asked == []
    assert "哪一轮答得好？" in await (await boss.get(hall.url)).text()


async def test_leaving_ends_the_pass_even_where_its_cookie_was_copied(hall: Hall, boss: Browser):
    cookies = {cookie.key: cookie.value for cookie in boss.session.cookie_jar}
    assert "填在下面" in await (await boss.post(f"{hall.url}/exit")).text()
    boss.session.cookie_jar.update_cookies(cookies)
    assert "填在下面" in await (await boss.get(hall.url)).text()


class Away(MemoryCache):
    """A Redis that does not answer for the time being."""

    away = False

    async def get(self, key: str) -> str | None:
        if self.away:
            raise CacheUnavailable("ConnectionError")
        return await super().get(key)


async def test_without_the_cache_nobody_gets_in(start: StartPage, stage: Stage, new_browser: NewBrowser):
    cache = Away()
    hall = await opened(start, stage, cache=cache)
    browser = new_browser()
    assert (await hall.enter(browser)).status == 303
    cache.away = True
    assert "填在下面" in await (await browser.get(hall.url)).text()
    reply = await hall.enter(browser)
    assert (reply.status, "现在认不了验证码" in await reply.text()) == (503, True)


# Asking


async def test_rounds_to_choose_from_with_the_serving_one_named(hall: Hall, boss: Browser):
    hall.stage.model.turn_to(Target((hall.stage.ours.url,), round="7"))
    page = await (await boss.get(hall.url)).text()
    assert '<option value="7">第 7 轮（在服务）</option>' in page
    assert '<option value="5">第 5 轮（没过门槛）</option>' in page


async def test_no_rounds_and_no_way_to_know_are_told(hall: Hall, boss: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.services.arena.choices._FRESH_S", 0)
    hall.stage.process.result = {"rounds": []}
    assert "还没有能比的轮次" in await (await boss.get(hall.url)).text()
    hall.stage.process.error = "数据库连不上：refused"
    assert "数据库连不上：refused" in await (await boss.get(hall.url)).text()


async def test_both_answers_come_side_by_side(hall: Hall, boss: Browser):
    await hall.challenger()
    [(name, answer)] = await hall.ask(boss, QUESTION)
    assert name == "answer"
    ours, theirs = answer["sides"]
    assert (ours["mark"], ours["title"], ours["text"]) == ("甲", "在服务的模型", OURS)
    assert (theirs["mark"], theirs["title"], theirs["text"]) == ("乙", "第 7 轮", THEIRS)
    assert ours["figures"].endswith("秒，把握 50%")
    [asked] = [one for one in hall.stage.process.asked if one[1] == "compare"]
    assert asked == ("release", "compare", "7", "--minutes", "15", *_by())
    page = await (await boss.get(hall.url)).text()
    assert page.count(THEIRS) == 1
    assert f'action="/rounds/{answer["battle_id"]}/vote"' in page


def _by() -> tuple[str, ...]:
    return ("--by", BOSS, "--account", "web", "--member", BOSS)


async def test_a_plain_form_waits_and_gets_the_page(hall: Hall, boss: Browser):
    await hall.challenger()
    reply = await boss.post(hall.url, data={"text": QUESTION, "round": "5"})
    page = await reply.text()
    assert reply.status == 200
    assert page.index("甲 · 在服务的模型") < page.index(OURS) < page.index("乙 · 第 7 轮") < page.index(THEIRS)
    assert '<option value="5" selected>' in page
    assert page.count(f"{QUESTION}</p>") == 1
    assert f">{QUESTION}</textarea>" not in page


async def test_who_waits_for_a_start_reads_what_the_chat_would(
    start: StartPage, stage: Stage, new_browser: NewBrowser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.services.arena.comparing._LOOK_S", 0.02)
    hall = await opened(start, stage, heartbeat_s=0.05)
    boss = new_browser()
    await hall.enter(boss)
    number = await hall.challenger(status="starting")
    reply = await boss.post(hall.url, data={"text": QUESTION, "round": "7"}, headers=STREAM)
    seen = b""
    while seen.count(b": still here") < 2:
        seen += await reply.content.readany()
    assert '"第 7 轮正在旁边启动。"' in seen.decode()
    second = await boss.post(hall.url, data={"text": QUESTION, "round": "7"}, headers=JSON)
    assert (second.status, (await second.json())["error"]) == (429, "上一题还在答，等它答完再问。")
    async with stage.sessions.begin() as session:
        await arena.change(session, number, ("starting",), status="open")
    assert THEIRS in (await reply.content.read()).decode().replace("\\n", "\n")


async def test_leaving_frees_the_place(hall: Hall, boss: Browser):
    await hall.challenger(status="starting")
    reply = await boss.post(hall.url, data={"text": QUESTION, "round": "7"}, headers=STREAM)
    await reply.content.readany()
    reply.close()
    await asyncio.sleep(0.1)
    again = await boss.post(hall.url, data={"text": QUESTION, "round": "7"}, headers=STREAM)
    assert again.status == 200
    again.close()


async def test_one_round_alone_is_asked_question_by_question(hall: Hall, boss: Browser):
    await hall.challenger()
    for at in (1, 2):
        [(_, answer)] = await hall.ask(boss, f"{QUESTION}（{at}）", alone="1")
        assert [(one["mark"], one["title"], one["text"]) for one in answer["sides"]] == [("", "第 7 轮", THEIRS)]
        assert answer["battle_id"] == ""
    assert hall.stage.ours.requests == 0
    assert [len(body["messages"]) for body in hall.stage.theirs.bodies] == [2, 2]
    page = await (await boss.get(hall.url)).text()
    assert page.index("（1）") < page.index("（2）")
    page = await (await boss.post(hall.url, data={"text": f"{QUESTION}（3）", "round": "7", "alone": "1"})).text()
    assert page.count(THEIRS) == 3
    assert 'id="alone" value="1" checked' in page


async def test_what_cannot_be_asked_is_told_in_the_chats_words(hall: Hall, boss: Browser):
    await boss.get(hall.url)
    hall.stage.process.error = "第 9 轮还没有做完，不能拿来比。"
    assert await hall.ask(boss, QUESTION, round="9") == [("problem", {"text": "第 9 轮还没有做完，不能拿来比。"})]
    reply = await boss.post(hall.url, data={"text": QUESTION, "round": "9", "alone": "1"})
    page = await reply.text()
    assert (reply.status, "第 9 轮还没有做完，不能拿来比。" in page) == (409, True)
    assert f">{QUESTION}</textarea>" in page
    hall.stage.process.error = ""
    await hall.challenger()
    hall.stage.theirs.mode = "500"
    [(_, answer)] = await hall.ask(boss, QUESTION)
    assert (answer["sides"][1]["text"], answer["sides"][1]["figures"]) == ("没有答出来：连不上。", "")
    assert answer["battle_id"] == ""


async def test_a_bug_is_one_sentence(hall: Hall, boss: Browser):
    await boss.get(hall.url)
    hall.stage.process.result = {}
    assert await hall.ask(boss, QUESTION) == [("problem", {"text": "这道题没有答成，请再试一次。"})]
    assert (await boss.post(hall.url, data={"text": QUESTION, "round": "7"})).status == 502


async def test_equal_answers_are_not_voted_on(hall: Hall, boss: Browser):
    hall.stage.theirs.answer = OURS
    await hall.challenger()
    [(_, answer)] = await hall.ask(boss, QUESTION)
    assert (answer["note"], answer["battle_id"]) == (words.SAME, "")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": "", "round": "7"}, "先写下题目。"),
        ({"text": "题" * 2001, "round": "7"}, "最多 2000 字"),
        ({"text": QUESTION}, "先选一轮。"),
        ({"text": QUESTION, "round": "七"}, "先选一轮。"),
        ({"text": QUESTION, "round": "٧"}, "先选一轮。"),
        ({"text": QUESTION, "round": "7 --votes"}, "先选一轮。"),
    ],
)
async def test_what_is_no_question(hall: Hall, boss: Browser, fields: dict[str, str], sentence: str):
    for headers in ({}, JSON):
        reply = await boss.post(hall.url, data=fields, headers=headers)
        assert (reply.status, sentence in await reply.text()) == (422, True)
    assert all(one == ("release", "choices") for one in hall.stage.process.asked)


async def test_markup_of_a_model_is_text(hall: Hall, boss: Browser):
    hall.stage.theirs.answer = "<script>alert(1)</script>"
    await hall.challenger()
    page = await (await boss.post(hall.url, data={"text": "<img src=x>", "round": "7"})).text()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


# Voting


async def test_votes_are_kept_as_the_chats_and_can_be_changed(hall: Hall, boss: Browser):
    await hall.challenger()
    [(_, answer)] = await hall.ask(boss, QUESTION)
    vote = f"{hall.url}/{answer['battle_id']}/vote"
    assert await (await boss.post(vote, data={"choice": "乙"}, headers=JSON)).json() == {
        "choice": "乙",
        "text": "记下了：乙。",
    }
    page = await (await boss.post(vote, data={"choice": "都不对"})).text()
    assert 'value="都不对" aria-pressed="true"' in page
    assert page.count('aria-pressed="true"') == 1
    again = await boss.post(vote, data={"choice": "都不对"}, headers=JSON)
    assert (await again.json())["text"] == words.SAME_VOTE
    async with hall.stage.sessions() as session:
        [(battle, votes)] = await arena.fought(session)
        assert votes == {"neither": 1}
        [(_, choice)] = await arena.votes(session, BOSS, [battle.id])
    assert (battle.blind, battle.account, battle.challenger_round, choice) == (False, "web", 7, "neither")


async def test_only_battles_of_the_page_are_voted_on_here(hall: Hall, boss: Browser):
    number = await hall.challenger()
    async with hall.stage.sessions.begin() as session:
        row = await arena.get(session, number)
        assert row is not None
        row.votes = True
    await hall.stage.chat.join(said(QUESTION))
    await hall.stage.answers.answer(said(QUESTION))
    async with hall.stage.sessions() as session:
        [(blind, _)] = await arena.fought(session)
    for battle in (str(blind.id), "1", "9" * 19, "x", "-1"):
        reply = await boss.post(f"{hall.url}/{battle}/vote", data={"choice": "甲"}, headers=JSON)
        assert (reply.status, "没有找到这次对比" in await reply.text()) == (404, True)
    reply = await boss.post(f"{hall.url}/{blind.id}/vote", data={"choice": "challenger"}, headers=JSON)
    assert reply.status == 422


async def test_two_superusers_have_a_sheet_and_a_vote_each(hall: Hall, boss: Browser, new_browser: NewBrowser):
    hall.superusers.add("qq:4343")
    other = new_browser()
    await hall.enter(other, "qq:4343")
    await hall.challenger()
    [(_, answer)] = await hall.ask(boss, QUESTION)
    assert QUESTION not in await (await other.get(hall.url)).text()
    vote = f"{hall.url}/{answer['battle_id']}/vote"
    for browser, choice in ((boss, "甲"), (other, "乙")):
        assert (await browser.post(vote, data={"choice": choice}, headers=JSON)).status == 200
    async with hall.stage.sessions() as session:
        assert (await arena.fought(session))[0][1] == {"serving": 1, "challenger": 1}


async def test_what_runs_is_cancelled_when_the_browser_leaves(hall: Hall, boss: Browser):
    await hall.challenger()
    hall.stage.theirs.mode = "hang"
    reply = await boss.post(hall.url, data={"text": QUESTION, "round": "7", "alone": "1"}, headers=STREAM)
    await until(lambda: hall.stage.theirs.in_flight == 1)
    reply.close()
    await until(lambda: hall.stage.theirs.in_flight == 0)


async def test_the_address_of_a_form_leads_back(hall: Hall, boss: Browser):
    reply = await boss.get(f"{hall.url}/code", allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, "/rounds")
