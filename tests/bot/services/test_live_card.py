"""A card that follows a job."""

from __future__ import annotations

import asyncio

import pytest

from bot.services.live_card import LiveCard, in_words


class Shown:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.cleared = 0

    async def show(self, text: str) -> None:
        self.texts.append(text)

    async def clear(self) -> None:
        self.cleared += 1


async def test_a_quick_job_shows_nothing():
    screen = Shown()
    async with LiveCard(screen, "正在导入", first_after_s=1):
        pass
    assert (screen.texts, screen.cleared) == ([], 0)


async def test_only_news_is_shown_and_the_card_goes_at_the_end():
    screen = Shown()
    async with LiveCard(screen, "正在导入", first_after_s=0.01, every_s=0.01) as tell:
        await asyncio.sleep(0.1)
        await asyncio.to_thread(tell, "核对", 2000, 50_000)
        await asyncio.sleep(0.1)
    assert screen.texts == ["正在导入\n准备中…", "正在导入\n核对 2,000/50,000（4%）"]
    assert screen.cleared == 1


async def _fail(screen: Shown) -> None:
    async with LiveCard(screen, "正在导入", first_after_s=0):
        await asyncio.sleep(0.05)
        raise ValueError("broken")


async def test_a_failing_job_takes_its_card_along():
    screen = Shown()
    with pytest.raises(ValueError, match="broken"):
        await _fail(screen)
    assert screen.cleared == 1


def test_words():
    assert in_words("读取", 3000, None) == "读取 3,000"
