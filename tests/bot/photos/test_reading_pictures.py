"""Pictures drawn by a browser, spoilt, and read back by the real worker."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec

import pytest
import pytest_asyncio
from PIL import Image

from bot.services.photos.reader import PhotoReader
from bot.services.photos.text import PhotoQuestion, PhotoUnreadable
from bot.services.reading import read
from store.wording import normal_form
from tests.bot.photos.pages import CHROMIUM, Item, Painter, feed, paper, screen, spoil

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed"),
    pytest.mark.skipif(
        not find_spec("rapidocr") and not os.environ.get("CI"), reason="the extra photo is not installed"
    ),
]

ITEMS = [
    Item("被誉为“天下第二行书”的《祭侄文稿》，其作者是（　）。", ("欧阳询", "柳公权", "褚遂良", "颜真卿")),
    Item("战国时期以“白马非马”论闻名的思想家公孙龙属于（　）。", ("法家", "阴阳家", "名家", "墨家")),
    Item("下列诗句中，描写的季节与其他三项不同的是（　）。", ("接天莲叶无穷碧，映日荷花别样红", "小荷才露尖尖角，早有蜻蜓立上头", "停车坐爱枫林晚，霜叶红于二月花", "黄梅时节家家雨，青草池塘处处蛙")),
    Item("我国第一部纪传体通史是（　）。", ("《史记》", "《汉书》", "《资治通鉴》", "《三国志》")),
    Item("恢复我国在联合国合法席位的第2758号决议通过于（　）。", ("1969年", "1971年", "1972年", "1979年")),
    Item("下列关于光合作用的说法，错误的是（　）。", ("需要光照", "释放氧气", "吸收二氧化碳", "只在夜间进行")),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def photos() -> AsyncIterator[PhotoReader]:
    async with PhotoReader(limit_s=60) as reader:
        yield reader


@pytest.fixture(scope="module")
def drawn() -> Iterator[dict[str, bytes]]:
    """Every picture of this file; drawn in a thread of its own, since the browser's client wants no running loop."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(_draw).result()


def _draw() -> dict[str, bytes]:
    with Painter() as painter:
        page = painter.draw(paper(ITEMS, "paper", first=7), width=700, height=900, scale=1.6)
        sideways = io.BytesIO()
        Image.open(io.BytesIO(page)).rotate(90, expand=True).convert("RGB").save(sideways, "JPEG")
        return {
            "dark": painter.draw(screen(ITEMS[0], "dark")),
            "circled": spoil(painter.draw(screen(ITEMS[1], "circled")), "jpeg40"),
            "columns": spoil(painter.draw(screen(ITEMS[4], "columns")), "noisy"),
            "rotated": spoil(page, "rotated"),
            "sideways": sideways.getvalue(),
            "long": painter.draw(feed(ITEMS * 3), height=600, scale=2),
        }


def same(question: PhotoQuestion, item: Item) -> bool:
    reading = read(question.text)
    return (
        question.complete
        and normal_form(reading.stems[-1]) == normal_form(item.stem)
        and [normal_form(option) for option in reading.options] == [normal_form(option) for option in item.options]
    )


@pytest.mark.parametrize(("name", "item"), [("dark", 0), ("circled", 1), ("columns", 4)])
async def test_a_phone_s_screen_gives_its_question_and_nothing_else(photos, drawn, name: str, item: int):
    text = await photos.read(drawn[name])
    assert len(text.questions) == 1
    assert same(text.questions[0], ITEMS[item]), text.questions


@pytest.mark.parametrize("name", ["rotated", "sideways"])
async def test_a_photographed_page_gives_its_questions(photos, drawn, name: str):
    text = await photos.read(drawn[name])
    assert len(text.questions) == len(ITEMS)
    right = [same(question, item) for question, item in zip(text.questions, ITEMS, strict=True)]
    # One misread character in six questions is no fault of ours.
    assert sum(right) >= len(ITEMS) - 1, [question.text for question in text.questions]


async def test_a_long_screenshot_gives_every_question_once(photos, drawn):
    with Image.open(io.BytesIO(drawn["long"])) as image:
        assert image.height > 8 * image.width
    text = await photos.read(drawn["long"])
    assert [question.text.split(".")[0] for question in text.questions] == [str(n) for n in range(1, 19)]
    right = [same(question, item) for question, item in zip(text.questions, ITEMS * 3, strict=True)]
    assert sum(right) >= 17, [question.text for question in text.questions]


async def test_a_picture_without_text_is_said_so(photos):
    blank = io.BytesIO()
    Image.new("RGB", (600, 600), "white").save(blank, "PNG")
    with pytest.raises(PhotoUnreadable, match="没从图里认出文字"):
        await photos.read(blank.getvalue())
