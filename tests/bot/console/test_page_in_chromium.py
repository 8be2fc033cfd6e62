"""The page as a person uses it, in a real browser, on a phone and on a desktop."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page as Tab
from playwright.async_api import async_playwright, expect
from sqlalchemy import select

from store.models import Correction, Rating

CHROMIUM = Path("/usr/bin/chromium")
SIZES = [(360, 740), (1280, 800)]
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed"),
]


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        await browser.close()


async def opened(chromium: Chromium, url: str, size: tuple[int, int] = SIZES[0], **options) -> Tab:
    context = await chromium.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    tab = await context.new_page()
    tab.set_default_timeout(5000)
    await tab.goto(url)
    return tab


async def send(tab: Tab, text: str) -> None:
    await tab.wait_for_load_state()  # before its script runs, Enter is a new line
    await tab.get_by_label("题目", exact=True).fill(text)
    await tab.get_by_label("题目", exact=True).press("Enter")


async def fits(tab: Tab) -> bool:
    return await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", SIZES, ids=["phone", "desktop"])
async def test_ask_watch_rate_and_correct(page, chromium, size):
    tab = await opened(chromium, page.url, size)
    problems: list[str] = []
    tab.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: problems.append(str(error)))
    assert await fits(tab)

    await send(tab, "等一等，大气层分哪几层？" + "A" * 120)
    answer = tab.locator(".exchange").last.locator(".answer")
    await expect(answer.locator("> .text")).to_have_text("正在想")
    await expect(tab.get_by_role("button", name="停止作答")).to_be_visible()
    assert await fits(tab)
    page.answers.go_on.set()
    await expect(answer).to_contain_text("82%（模型自己说的，没有校准过），仅供参考")
    assert await fits(tab)

    await answer.get_by_role("button", name="没用").click()
    await expect(answer.get_by_role("button", name="没用")).to_have_attribute("aria-pressed", "true")
    await answer.get_by_text("纠正", exact=True).click()
    await answer.get_by_label("正确答案").fill("五层")
    await answer.get_by_label("理由或来源").fill("地理课本")
    assert await fits(tab)
    await answer.get_by_role("button", name="提交纠正").click()
    await expect(answer).to_contain_text("审核结果会显示在这里")
    await expect(answer.get_by_label("你的纠正")).to_contain_text("五层")

    await tab.reload()
    await expect(tab.locator(".exchange")).to_have_count(1)
    await expect(tab.get_by_role("button", name="没用")).to_have_attribute("aria-pressed", "true")
    assert problems == []
    async with page.sessions() as session:
        assert await session.scalar(select(Rating.value)) == -1
        assert await session.scalar(select(Correction.proposed)) == "五层"
    await tab.get_by_role("button", name="撤回").click()
    await expect(tab.get_by_label("你的纠正")).to_contain_text("已撤回")
    await expect(tab.get_by_role("button", name="撤回")).to_have_count(0)


async def test_shift_enter_and_an_open_input_method_do_not_send(page, chromium):
    tab = await opened(chromium, page.url)
    field = tab.get_by_label("题目", exact=True)
    await field.fill("第一行")
    await field.press("Shift+Enter")
    await field.evaluate(
        "field => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true}))"
    )
    await expect(field).to_have_value("第一行\n")
    assert page.answers.asked == []


async def test_stopping_cancels_the_answer_and_gives_the_question_back(page, chromium):
    tab = await opened(chromium, page.url)
    await send(tab, "等一等")
    await expect(tab.locator(".answer").last).to_contain_text("正在想")
    await tab.get_by_role("button", name="停止作答").click()
    await page.answers.cancelled.wait()
    await expect(tab.get_by_label("题目", exact=True)).to_have_value("等一等")
    await expect(tab.get_by_role("alert")).to_have_text("已停止。")
    assert len(page.answers.asked) == 1


async def test_an_example_can_be_tapped_and_markup_stays_text(page, chromium):
    tab = await opened(chromium, page.url)
    await tab.get_by_role("button", name="我国第一部纪传体通史是什么？").click()
    await expect(tab.locator(".answer").last).to_contain_text("题库 #12（自带题库）")
    await send(tab, "<img src=x onerror=\"document.title='hit'\"> <script>document.title='hit'</script>")
    await expect(tab.locator(".answer").last.locator("> .text")).to_contain_text("<img src=x")
    assert await tab.title() == "公考助手"
    assert await tab.locator("main .exchange img, main .exchange script").count() == 0


async def test_without_javascript_everything_still_works(page, chromium):
    tab = await opened(chromium, page.url, java_script_enabled=False)
    await tab.get_by_role("button", name="我国第一部纪传体通史是什么？").click()
    await expect(tab.locator(".answer > .text")).to_have_text("《史记》")
    await tab.get_by_role("button", name="有用").click()
    await expect(tab.get_by_role("button", name="有用")).to_have_attribute("aria-pressed", "true")
    await tab.get_by_text("纠正", exact=True).click()
    await tab.get_by_label("正确答案").fill("《汉书》")
    await tab.get_by_role("button", name="提交纠正").click()
    await expect(tab.get_by_label("你的纠正")).to_contain_text("《汉书》")


async def test_a_link_from_another_site_finds_the_same_history(page, chromium):
    tab = await opened(chromium, page.url)
    await send(tab, "史记")
    # The placeholder counts as an exchange too; leaving during it gives the question up.
    await expect(tab.locator(".exchange:not(.coming)")).to_have_count(1)
    await tab.goto(f"data:text/html,<a href={page.url}/>go</a>")
    await tab.get_by_text("go").click()
    await expect(tab.locator("main .exchange")).to_have_count(1)


async def test_the_token_is_asked_for_once(start, chromium):
    page = await start("open-sesame-123")
    tab = await opened(chromium, page.url)
    await tab.get_by_label("访问口令").fill("open-sesame-123")
    await tab.get_by_role("button", name="进入").click()
    await send(tab, "史记")
    await expect(tab.locator(".answer").last).to_contain_text("题库 #12")
    await tab.context.clear_cookies()
    await send(tab, "史记")
    await expect(tab).to_have_url(re.compile("/login$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_stands_out_enough_from_its_ground(page, chromium, scheme):
    """WCAG AA: 4.5 to 1, for every text on the page with an answer of each kind."""
    tab = await opened(chromium, page.url, color_scheme=scheme)
    for text in ("史记", "光年是什么单位", "不会"):
        await send(tab, text)
        await expect(tab.locator(".exchange:not(.coming)").last.locator(".question")).to_contain_text(text)
    await tab.get_by_role("button", name="没用").last.click()
    await expect(tab.get_by_role("button", name="没用").last).to_have_attribute("aria-pressed", "true")
    await tab.mouse.move(0, 0)
    assert await tab.evaluate(LOW_CONTRAST) == []


LOW_CONTRAST = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if ((parts(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.closest("template, button:disabled")) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return low;
}"""
