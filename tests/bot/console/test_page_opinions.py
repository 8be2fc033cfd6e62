"""Rating and correcting on the page, and whose exchanges those are."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from store.models import Correction, Rating

JSON = {"Accept": "application/json"}


async def asked(page, browser, text: str = "史记") -> str:
    """Ask as *browser*; the exchange's id as the page has it."""
    html = await (await browser.post(f"{page.url}/ask", data={"text": text})).text()
    return re.findall(r'id="ask-(\d+)"', html)[-1]


async def test_the_last_rating_counts_and_shows_again(page, browser):
    ask_id = await asked(page, browser)
    for rating in (1, -1):
        reply = await browser.post(f"{page.url}/asks/{ask_id}/rating", data={"rating": str(rating)}, headers=JSON)
        assert await reply.json() == {"rating": rating}
    async with page.sessions() as session:
        assert await session.scalar(select(Rating.value)) == -1
    html = await (await browser.get(page.url)).text()
    assert re.search(r'value="0" data-value="-1"\s+aria-pressed="true"', html)


async def test_a_plain_form_leads_back_to_the_exchange(page, browser):
    ask_id = await asked(page, browser)
    reply = await browser.post(f"{page.url}/asks/{ask_id}/rating", data={"rating": "1"}, allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, f"/#ask-{ask_id}")
    reply = await browser.post(f"{page.url}/asks/{ask_id}/correction", data={"proposed": "《汉书》", "reason": "课本"})
    html = await reply.text()
    assert "<b>《汉书》</b>" in html
    assert "待审" in html


async def test_the_same_correction_twice_is_one(page, browser):
    ask_id = await asked(page, browser)
    form = {"proposed": "《汉书》", "reason": "课本第三章"}
    replies = [
        await (await browser.post(f"{page.url}/asks/{ask_id}/correction", data=form, headers=JSON)).json()
        for _ in range(2)
    ]
    assert [reply["correction_id"] for reply in replies] == ["1", "1"]
    assert replies[1]["text"].startswith("这条你报过了，编号 #1")
    async with page.sessions() as session:
        [row] = (await session.scalars(select(Correction))).all()
    assert (row.proposed, row.reason, row.status) == ("《汉书》", "课本第三章", "open")


async def test_others_exchanges_are_neither_seen_nor_touched(page, browser, new_browser):
    ask_id = await asked(page, browser)
    stranger = new_browser()
    assert "《史记》" not in await (await stranger.get(page.url)).text()
    for path, form in (("rating", {"rating": "1"}), ("correction", {"proposed": "错"})):
        reply = await stranger.post(f"{page.url}/asks/{ask_id}/{path}", data=form, headers=JSON)
        assert reply.status == 404
        assert await reply.json() == {"error": "没有找到这条回答。"}
    async with page.sessions() as session:
        assert await session.scalar(select(Rating.value)) is None
        assert await session.scalar(select(Correction)) is None


@pytest.mark.parametrize("ask_id", ["0", "1", "-1", "x", "9223372036854775808", "9" * 40, "１"])
async def test_an_id_that_cannot_be_is_unknown(page, browser, ask_id):
    reply = await browser.post(f"{page.url}/asks/{ask_id}/rating", data={"rating": "1"}, headers=JSON)
    assert reply.status == 404


@pytest.mark.parametrize("rating", ["2", "", "up"])
async def test_other_ratings_are_refused(page, browser, rating):
    ask_id = await asked(page, browser)
    reply = await browser.post(f"{page.url}/asks/{ask_id}/rating", data={"rating": rating}, headers=JSON)
    assert reply.status == 422


@pytest.mark.parametrize(("proposed", "words"), [(" ", "没看到正确答案。"), ("长" * 501, "答案有 501 字，太长了")])
async def test_a_correction_without_an_answer_or_too_long_is_refused(page, browser, proposed, words):
    ask_id = await asked(page, browser)
    reply = await browser.post(f"{page.url}/asks/{ask_id}/correction", data={"proposed": proposed})
    assert reply.status == 422
    assert words in await reply.text()


async def test_a_correction_with_markup_is_shown_as_text(page, browser):
    ask_id = await asked(page, browser)
    form = {"proposed": "<b onmouseover=alert(1)>x</b>"}
    html = await (await browser.post(f"{page.url}/asks/{ask_id}/correction", data=form)).text()
    assert "<b onmouseover" not in html
    assert "&lt;b onmouseover" in html


async def test_the_last_twenty_exchanges_are_shown_oldest_first(page, browser):
    for number in range(22):
        await asked(page, browser, f"第{number}问")
    html = await (await browser.get(page.url)).text()
    shown = re.findall(
        r'<p class="text">(第\d+问)</p>\n?</div>|<span class="unseen">你问：</span><p class="text">(第\d+问)', html
    )
    assert [first or second for first, second in shown] == [f"第{number}问" for number in range(2, 22)]


async def test_a_refusal_invites_the_answer_instead_of_a_rating(page, browser):
    html = await (await browser.post(f"{page.url}/ask", data={"text": "不会的题"})).text()
    assert 'data-answered="no"' in html
    assert "我知道答案" in html
    assert "没有作答" in html


async def test_a_correction_can_be_withdrawn_by_whoever_made_it(page, browser, new_browser):
    ask_id = await asked(page, browser)
    await browser.post(f"{page.url}/asks/{ask_id}/correction", data={"proposed": "《汉书》"}, headers=JSON)
    stranger = new_browser()
    await stranger.get(page.url)
    refused = await stranger.post(f"{page.url}/corrections/1/withdrawal", data={}, headers=JSON)
    assert (refused.status, (await refused.json())["error"]) == (409, "没有编号为 1 的纠错，或者不是你提交的。")
    reply = await browser.post(f"{page.url}/corrections/1/withdrawal", data={}, headers=JSON)
    assert await reply.json() == {"text": "纠错 #1 撤回了。"}
    html = await (await browser.get(page.url)).text()
    assert "已撤回" in html
    assert "/withdrawal" not in html
