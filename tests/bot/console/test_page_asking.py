"""Asking on the page: as a plain form, and as events."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
import pytest

STREAM = {"Accept": "text/event-stream"}


async def events(reply: aiohttp.ClientResponse) -> list[tuple[str, dict[str, Any]]]:
    assert reply.status == 200
    assert reply.content_type == "text/event-stream"
    blocks = [block for block in (await reply.text()).split("\n\n") if block.startswith("event: ")]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in (block.split("\n") for block in blocks)
    ]


async def test_a_plain_form_gets_the_answer_on_the_page(page, browser):
    reply = await browser.post(f"{page.url}/ask", data={"text": "我国第一部纪传体通史是什么？"})
    html = await reply.text()
    assert reply.status == 200
    assert html.count("我国第一部纪传体通史是什么？</p>") == 1
    assert "《史记》" in html
    assert "题库 #12（自带题库）" in html
    assert "题目一致，把握 100%" in html
    await page.answers.delivered_to(1)


async def test_pieces_come_first_then_one_answer_with_its_passport(page, browser):
    reply = await browser.post(f"{page.url}/ask", data={"text": "光年是什么单位"}, headers=STREAM)
    got = await events(reply)
    assert [name for name, _ in got] == ["piece", "piece", "answer"]
    answer = got[-1][1]
    assert "".join(data["text"] for _, data in got[:-1]) == answer["text"] == "光年是什么单位"
    assert answer["badge"] == "模型"
    assert {"label": "把握", "words": "82%（模型自己说的，没有校准过），仅供参考"} in answer["passport"]
    await page.answers.delivered_to(1)
    assert answer["ask_id"] == str(page.answers.delivered_ids[0])


async def test_who_has_to_wait_for_a_model_is_told_so_first(page, browser):
    reply = await browser.post(f"{page.url}/ask", data={"text": "换一个问题"}, headers=STREAM)
    got = await events(reply)
    assert [name for name, _ in got] == ["notice", "piece", "piece", "answer"]
    assert got[0][1] == {"text": "模型正在准备"}


async def test_the_explanation_stands_in_the_passport_and_only_there(page, browser):
    reply = await browser.post(f"{page.url}/ask", data={"text": "史记"}, headers=STREAM)
    [(_, answer)] = await events(reply)
    assert answer["text"] == "《史记》"
    assert answer["badge"] == "题库 · 历史"
    assert [row["label"] for row in answer["passport"]] == ["来源", "匹配", "解析"]


async def test_the_browser_hears_something_while_the_model_thinks(start, new_browser):
    page = await start(heartbeat_s=0.05)
    reply = await new_browser().post(f"{page.url}/ask", data={"text": "等一等"}, headers=STREAM)
    seen = b""
    while seen.count(b": still here\n\n") < 2:
        seen += await reply.content.readany()
    page.answers.go_on.set()
    assert b"event: answer" in await reply.content.read()


async def test_leaving_cancels_the_answer_and_frees_the_place(page, browser):
    reply = await browser.post(f"{page.url}/ask", data={"text": "等一等"}, headers=STREAM)
    await reply.content.readany()
    reply.close()
    await asyncio.wait_for(page.answers.cancelled.wait(), 2)
    await asyncio.sleep(0.05)
    assert page.answers.delivered_ids == []
    again = await browser.post(f"{page.url}/ask", data={"text": "史记"}, headers=STREAM)
    assert (await events(again))[-1][0] == "answer"


async def test_one_answer_at_a_time_per_browser(page, browser, new_browser):
    first = await browser.post(f"{page.url}/ask", data={"text": "等一等"}, headers=STREAM)
    await first.content.readany()
    second = await browser.post(f"{page.url}/ask", data={"text": "史记"}, headers=STREAM)
    assert second.status == 429
    assert (await second.json())["error"] == "上一题还在答，等它答完再问。"
    form = await browser.post(f"{page.url}/ask", data={"text": "史记"})
    assert form.status == 429
    assert "史记</textarea>" in await form.text()
    other = await new_browser().post(f"{page.url}/ask", data={"text": "史记"}, headers=STREAM)
    assert other.status == 200
    page.answers.go_on.set()
    assert (await events(first))[-1][0] == "answer"


async def test_a_broken_engine_is_one_sentence_and_the_next_question_works(page, browser):
    reply = await browser.post(f"{page.url}/ask", data={"text": "炸"}, headers=STREAM)
    assert await events(reply) == [("problem", {"text": "这道题没有答成，请再试一次。"})]
    form = await browser.post(f"{page.url}/ask", data={"text": "炸了"})
    assert form.status == 502
    assert "这道题没有答成，请再试一次。" in await form.text()
    again = await browser.post(f"{page.url}/ask", data={"text": "史记"}, headers=STREAM)
    assert (await events(again))[-1][0] == "answer"


@pytest.mark.parametrize("character", ["a", "题"])
async def test_ten_thousand_characters_are_refused_with_the_limit_named(page, browser, character):
    for headers in ({}, STREAM):
        reply = await browser.post(f"{page.url}/ask", data={"text": character * 10_000}, headers=headers)
        assert reply.status in {413, 422}
        assert "最多 2000 字" in (await reply.text())
    assert page.answers.asked == []


async def test_a_question_a_little_too_long_is_given_back(page, browser):
    text = "题" * 2001
    reply = await browser.post(f"{page.url}/ask", data={"text": text})
    assert reply.status == 422
    assert f"{text}</textarea>" in await reply.text()


async def test_exactly_the_limit_is_taken(page, browser):
    text = "题" * 2000
    reply = await browser.post(f"{page.url}/ask", data={"text": text}, headers=STREAM)
    assert (await events(reply))[-1][1]["text"] == text


async def test_a_huge_body_is_not_read_to_its_end(page, browser):
    sent = 0

    async def endless():
        nonlocal sent
        for _ in range(400):
            sent += 100_000
            yield b"a" * 100_000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with contextlib.suppress(aiohttp.ClientError):
        reply = await browser.post(f"{page.url}/ask", data=endless(), headers=headers)
        assert reply.status == 413
    assert sent < 30_000_000
    assert page.answers.asked == []


@pytest.mark.parametrize("text", ["", "  \n ", "\x00"])
async def test_an_empty_question_asks_for_one(page, browser, text):
    reply = await browser.post(f"{page.url}/ask", data={"text": text})
    assert reply.status == 422
    assert "先写下题目。" in await reply.text()


async def test_only_forms_are_read(page, browser):
    reply = await browser.post(f"{page.url}/ask", json={"text": "史记"}, headers={"Accept": "application/json"})
    assert reply.status == 415


async def test_markup_is_shown_as_text(page, browser):
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    html = await (await browser.post(f"{page.url}/ask", data={"text": attack})).text()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


async def test_opening_the_form_address_leads_home(page, browser):
    reply = await browser.get(f"{page.url}/ask", allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, "/")
