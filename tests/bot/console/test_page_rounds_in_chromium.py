"""Two rounds side by side as a superuser sees them, on a phone and on a desktop."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page as Tab
from playwright.async_api import expect

from store import arena
from tests.bot.arena.two_models import QUESTION, Stage, stage
from tests.bot.console import test_page_in_chromium as neighbour
from tests.bot.console.conftest import StartPage
from tests.bot.console.rounds_page import BOSS, Hall, opened
from tests.bot.console.test_page_in_chromium import SIZES, chromium, fits, send

__all__ = ["chromium", "stage"]
pytestmark = neighbour.pytestmark


@pytest.fixture
def used_database_url(used_sqlite_url: str) -> str:
    """What a browser shows is the same on either database."""
    return used_sqlite_url


@pytest.fixture
async def hall(start: StartPage, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Hall:
    monkeypatch.setattr("bot.services.arena.comparing._LOOK_S", 0.02)
    return await opened(start, stage)


async def entered(hall: Hall, chromium: Chromium, size: tuple[int, int] = SIZES[0], **options) -> Tab:
    """A browser in which somebody typed a code."""
    tab = await neighbour.opened(chromium, hall.url, size, **options)
    await tab.get_by_label("验证码").fill(await hall.passes.code(BOSS))
    await tab.get_by_role("button", name="进入").click()
    await expect(tab.get_by_role("heading", name="哪一轮答得好？")).to_be_visible()
    return tab


async def picture(tab: Tab, name: str) -> None:
    """Keep what it looks like, for whoever set ``GONGKAO_KEEP_PICTURES``."""
    if folder := os.environ.get("GONGKAO_KEEP_PICTURES"):
        await tab.screenshot(path=Path(folder) / f"rounds-{name}.png")


@pytest.mark.parametrize("size", SIZES, ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_wait_compare_vote_and_ask_one_alone(hall, chromium, size, scheme):
    tab = await entered(hall, chromium, size, color_scheme=scheme)
    problems: list[str] = []
    tab.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: problems.append(str(error)))
    await picture(tab, f"empty-{scheme}-{size[0]}")
    assert await fits(tab)

    number = await hall.challenger(status="starting")
    await send(tab, QUESTION)
    trial = tab.locator(".exchange").last
    await expect(trial.locator(".progress")).to_have_text("第 7 轮正在旁边启动。")
    await expect(tab.get_by_role("button", name="停止作答")).to_be_visible()
    await picture(tab, f"waiting-{scheme}-{size[0]}")
    async with hall.stage.sessions.begin() as session:
        await arena.change(session, number, ("starting",), status="open")
    hall.stage.process.result["status"] = "open"

    ours, theirs = trial.locator(".side").nth(0), trial.locator(".side").nth(1)
    await expect(ours).to_contain_text("甲 · 在服务的模型")
    await expect(theirs).to_contain_text("乙 · 第 7 轮")
    await expect(theirs).to_contain_text("把握 50%")
    await expect(trial.locator(".progress")).to_be_hidden()
    boxes = [await one.bounding_box() for one in (ours, theirs)]
    stacked = boxes[1]["y"] >= boxes[0]["y"] + boxes[0]["height"]
    assert stacked == (size[0] < 600)
    assert await fits(tab)

    for choice, words in (("乙", "记下了：乙。"), ("都不对", "改成「都不对」了。")):
        await trial.get_by_role("button", name=choice, exact=True).click()
        await expect(trial.locator(".note")).to_have_text(words)
        await expect(trial.locator('[aria-pressed="true"]')).to_have_text(choice)
    await tab.mouse.move(0, 0)
    await picture(tab, f"voted-{scheme}-{size[0]}")

    await expect(tab.get_by_label("不比，只问第 7 轮")).to_be_visible()
    await tab.get_by_label("轮次").select_option("5")
    await expect(tab.get_by_label("不比，只问第 5 轮")).to_be_visible()
    await tab.get_by_label("轮次").select_option("7")
    await tab.get_by_label("不比，只问第 7 轮").check()
    await send(tab, "换一题：" + "A" * 80)
    await expect(tab.locator(".exchange")).to_have_count(2)
    await expect(tab.locator(".exchange").last.locator(".side")).to_have_count(1)
    await expect(tab.locator(".exchange").last.locator(".vote")).to_have_count(0)
    assert await fits(tab)
    await picture(tab, f"alone-{scheme}-{size[0]}")
    assert await tab.evaluate(neighbour.LOW_CONTRAST) == []

    await tab.reload()
    await expect(tab.locator(".exchange")).to_have_count(2)
    await expect(tab.locator('[aria-pressed="true"]')).to_have_text("都不对")
    assert problems == []


async def test_what_goes_wrong_gives_the_question_back(hall, chromium):
    tab = await entered(hall, chromium)
    # The script is there.
    await expect(tab.get_by_label("不比，只问第 7 轮")).to_be_visible()
    hall.stage.process.error = "第 7 轮的模型文件不在了，没法比。"
    await send(tab, QUESTION)
    await expect(tab.get_by_role("alert")).to_have_text("第 7 轮的模型文件不在了，没法比。")
    await expect(tab.get_by_label("题目", exact=True)).to_have_value(QUESTION)
    await expect(tab.locator(".exchange")).to_have_count(0)
    hall.stage.process.error = ""
    await hall.challenger(status="starting")
    await tab.get_by_role("button", name="发送").click()
    await tab.get_by_role("button", name="停止作答").click()
    await expect(tab.get_by_role("alert")).to_have_text("已停止。")
    hall.superusers.clear()
    await asyncio.sleep(0.2)
    await tab.get_by_role("button", name="发送").click()
    await expect(tab.get_by_role("alert")).to_contain_text("先用验证码登录")


async def test_without_javascript_everything_still_works(hall, chromium):
    tab = await entered(hall, chromium, java_script_enabled=False)
    await hall.challenger()
    await tab.get_by_label("题目", exact=True).fill(QUESTION)
    await tab.get_by_role("button", name="发送").click()
    await expect(tab.locator(".side")).to_have_count(2)
    await tab.get_by_role("button", name="一样好").click()
    await expect(tab.locator('[aria-pressed="true"]')).to_have_text("一样好")
    await tab.get_by_label("不比，只问这一轮").check()
    await tab.get_by_label("题目", exact=True).fill(QUESTION)
    await tab.get_by_role("button", name="发送").click()
    await expect(tab.locator(".side")).to_have_count(3)
    await tab.get_by_role("button", name="退出").click()
    await expect(tab.get_by_label("验证码")).to_be_visible()


async def test_a_wrong_code_says_what_to_do(hall, chromium):
    tab = await neighbour.opened(chromium, hall.url)
    await picture(tab, "code")
    await tab.get_by_label("验证码").fill("abcd2345")
    await tab.get_by_role("button", name="进入").click()
    await expect(tab.get_by_role("alert")).to_contain_text("私聊机器人发 /网页 再要一个")
    assert await fits(tab)
