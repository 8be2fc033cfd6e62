"""Who may do what: origins, cookies, headers, the token."""

from __future__ import annotations

import asyncio
import re

import pytest
from pydantic import SecretStr
from starlette.requests import Request

from bot.console.entry import Entry
from bot.console.refusal import Refusal

STREAM = {"Accept": "text/event-stream"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_writes_from_other_sites_are_refused(page, browser, headers):
    for path in ("/ask", "/asks/1/rating", "/asks/1/correction", "/login"):
        reply = await browser.post(f"{page.url}{path}", data={"text": "史记"}, headers=headers)
        assert reply.status == 403
        assert "这个请求来自别的网站" in await reply.text()
    assert page.answers.asked == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""])
async def test_a_foreign_name_for_this_machine_is_refused(page, browser, host):
    """As a site has it that lets its own name lead to 127.0.0.1: its page is of one origin with ours."""
    for reply in (
        await browser.get(page.url, headers={"Host": host}),
        await browser.post(
            f"{page.url}/ask", data={"text": "史记"}, headers={"Host": host, "Origin": f"http://{host}"}
        ),
    ):
        assert reply.status == 403
        assert "GONGKAO_WEB_TOKEN" in await reply.text()
    assert page.answers.asked == []


async def test_names_of_ours_are_answered(start, browser):
    page = await start(web_url="https://gk.example.com")
    for host in ("localhost:8080", "[::1]:8080", "gk.example.com"):
        assert (await browser.get(page.url, headers={"Host": host})).status == 200, host
    page = await start(token="open sesame")
    reply = await browser.get(page.url, headers={"Host": "gk.example.com"}, allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, "/login")


async def test_a_write_from_the_page_itself_is_taken(page, browser):
    headers = {"Origin": page.url, "Sec-Fetch-Site": "same-origin"}
    reply = await browser.post(f"{page.url}/ask", data={"text": "史记"}, headers=headers)
    assert reply.status == 200


async def test_every_page_forbids_inline_script_frames_and_sniffing(page, browser):
    for reply in (
        await browser.get(page.url),
        await browser.get(f"{page.url}/login", allow_redirects=False),
        await browser.post(f"{page.url}/ask", data={"text": "史记"}, headers=STREAM),
        await browser.post(f"{page.url}/asks/1/rating", data={"rating": "1"}),
    ):
        policy = reply.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "same-origin"
        assert reply.headers["Cache-Control"] == "no-store"


async def test_the_page_has_no_inline_script_or_style_and_nothing_from_elsewhere(page, browser):
    html = await (await browser.post(f"{page.url}/ask", data={"text": "史记"})).text()
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=|https?://", html)


async def test_files_are_kept_for_a_year_under_their_hash(page, browser):
    html = await (await browser.get(page.url)).text()
    files = set(re.findall(r'"(/console/assets/[^"#]+)', html))
    assert {name.rsplit(".", 1)[1] for name in files} == {"css", "js", "svg"}
    for name in files:
        reply = await browser.get(page.url + name)
        assert reply.status == 200
        assert "immutable" in reply.headers["Cache-Control"]
        assert "Set-Cookie" not in reply.headers
    assert (await browser.get(f"{page.url}/console/assets/page.css")).status == 404


async def test_the_session_is_out_of_reach_of_scripts_and_other_sites(page, new_browser):
    reply = await new_browser().get(page.url)
    cookie = reply.headers["Set-Cookie"]
    assert re.match(r"gongkao_session=[0-9a-f]{32};", cookie)
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


async def test_behind_https_the_session_never_leaves_it(page, new_browser):
    reply = await new_browser().get(page.url, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in reply.headers["Set-Cookie"]


async def test_a_link_from_another_site_does_not_replace_the_session(page, new_browser):
    reply = await new_browser().get(page.url, headers={"Sec-Fetch-Site": "cross-site"})
    assert "Set-Cookie" not in reply.headers
    assert 'http-equiv="refresh" content="0; url=/"' in await reply.text()


async def test_a_made_up_session_is_replaced(page, new_browser):
    reply = await new_browser().get(page.url, headers={"Cookie": "gongkao_session=qq:12345"})
    assert "gongkao_session=" in reply.headers["Set-Cookie"]


async def test_without_the_token_everything_leads_to_the_login_page(start, new_browser):
    page = await start("群里的口令")
    browser = new_browser()
    for method, path in (("GET", "/"), ("POST", "/ask"), ("POST", "/asks/1/rating"), ("GET", "/console/status")):
        reply = await browser.request(method, page.url + path, data={"text": "史记"}, allow_redirects=False)
        assert (reply.status, reply.headers["Location"]) == (303, "/login")
    assert page.answers.asked == []
    assert "请输入访问口令" in await (await browser.get(page.url)).text()


async def test_the_token_opens_the_page_and_stays_out_of_the_cookie(start, new_browser):
    page = await start("open-sesame-123")
    browser = new_browser()
    await browser.get(f"{page.url}/login")
    reply = await browser.post(f"{page.url}/login", data={"token": "open-sesame-123"}, allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, "/")
    assert "open-sesame" not in reply.headers["Set-Cookie"]
    assert "今天想弄清哪道题？" in await (await browser.get(page.url)).text()
    seal = {cookie.key: cookie.value for cookie in browser.session.cookie_jar}["gongkao_entry"]
    other = await new_browser().get(page.url, headers={"Cookie": f"gongkao_entry={seal}"}, allow_redirects=False)
    assert other.status == 303


async def test_a_wrong_token_makes_the_next_attempt_wait(start, new_browser):
    page = await start("open-sesame-123")
    browser = new_browser()
    wrong = await browser.post(f"{page.url}/login", data={"token": "guess"})
    assert wrong.status == 403
    assert "口令不对" in await wrong.text()
    early = await browser.post(f"{page.url}/login", data={"token": "open-sesame-123"})
    assert (early.status, early.headers["Retry-After"]) == (429, "1")
    await asyncio.sleep(1.05)
    late = await browser.post(f"{page.url}/login", data={"token": "open-sesame-123"}, allow_redirects=False)
    assert late.status == 303


def test_each_wrong_token_doubles_the_wait_up_to_a_minute():
    now = [0.0]
    entry = Entry(SecretStr("right"), clock=lambda: now[0])
    request = Request({"type": "http", "headers": [], "client": ("2001:db8::1", 1)})
    neighbour = Request({"type": "http", "headers": [], "client": ("2001:db8::2", 1)})
    waits: list[int] = []
    for _ in range(8):
        with pytest.raises(Refusal, match="口令不对"):
            entry.check(request, "wrong")
        with pytest.raises(Refusal, match="秒后再试") as early:
            entry.check(neighbour, "right")
        waits.append(int(early.value.headers["Retry-After"]))
        now[0] += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    entry.check(request, "right")


async def test_the_status_line_says_what_is_there(page, browser):
    html = await (await browser.get(page.url)).text()
    assert "题库 320 题" in html
    assert "模型在线" in html
    reply = await browser.get(f"{page.url}/console/status")
    assert await reply.json() == {"bank": "题库 320 题", "model": "模型在线", "state": "online"}
