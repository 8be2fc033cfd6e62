"""What people really type to a question bot: thirty shapes, a bot without a model, each answered, asked back or left alone."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from tests.peer import BotProcess, Peer, free_port

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

BOSS = 4242
_GROUPS = itertools.count(20_000)
ITEMS: list[dict[str, Any]] = [
    {"kind": "single", "stem": "古代“六艺”指“礼、乐、射、御、书、数”，其中的“御”是指（　）。", "options": ["骑马", "杂技", "驾车", "防御"], "answer": "C", "explanation": "御是指驾车。"},
    {"kind": "single", "stem": "他曾仅率800骑兵脱离大部队，追击数百里，被封为冠军侯的西汉名将是（　）。", "options": ["卫青", "霍去病", "李广", "周亚夫"], "answer": "B"},
    {"kind": "single", "stem": "《永乐大典》成书之前，收录宋代以前小说最多的类书是（　）。", "options": ["《太平御览》", "《太平广记》", "《册府元龟》", "《武林旧事》"], "answer": "B"},
    {"kind": "single", "stem": "初唐四杰中年纪最小的是____", "options": ["王勃", "杨炯", "卢照邻", "骆宾王"], "answer": "A"},
    {"kind": "single", "stem": "下列说法错误的是（　）。", "options": ["虚构甲说", "虚构乙说", "虚构丙说", "虚构丁说"], "answer": "D"},
    {"kind": "single", "stem": "虚构国的首都设在（　）。", "options": ["甲城", "乙城", "丙城", "丁城"], "answer": "A"},
    {"kind": "single", "stem": "虚构国的首都设在（　）。", "options": ["子城", "丑城", "寅城", "卯城"], "answer": "B"},
    {"kind": "single", "stem": "推动高质量发展的虚构举措应当（　）。", "options": ["着力于补短板", "立足于锻长板", "依托于强弱项", "服务于稳底盘"], "answer": "A"},
    {"kind": "multiple", "stem": "虚构工程应当包含的方案有（　）。", "options": ["施工方案", "支架构造", "应急预案", "食堂菜单"], "answer": "ABC"},
    {"kind": "short", "stem": "虚构法规定的举报电话号码是多少？", "answer": "12399", "valid_until": "2020-01-01"},
    {"kind": "short", "stem": "虚构史书《云海志》的作者是谁？", "answer": "甲先生"},
    {"kind": "short", "stem": "虚构史书《云海志》的作者是谁", "answer": "乙先生"},
    {"kind": "short", "stem": "虚构湖泊烟波湖的平均水深是多少？", "answer": "37米"},
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    home = tmp_path_factory.mktemp("bot")
    settings = f'superusers = ["{BOSS}"]\ntrusted_hosts = ["127.0.0.1"]'
    process = await BotProcess(home, settings=settings).start()
    lines = "\n".join(json.dumps(item, ensure_ascii=False) for item in ITEMS)
    async with Peer(process) as peer, served(lines.encode()) as url:
        file = {"file": "题.jsonl", "url": url}
        await peer.message([{"type": "file", "data": file}], user=BOSS)
        assert "共 13 题" in await peer.reply_to(f"private:{BOSS}", wait_s=20)
        await peer.private("确认", user=BOSS)
        assert "导入完成" in await peer.reply_to(f"private:{BOSS}", count=2, wait_s=20)
    yield process
    await process.stop()


@asynccontextmanager
async def served(content: bytes) -> AsyncIterator[str]:
    """Address on loopback at which *content* can be fetched."""

    async def serve(_: web.Request) -> web.Response:
        return web.Response(body=content)

    app = web.Application()
    app.router.add_get("/file", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/file"
    await runner.cleanup()


async def says(peer: Peer, text: str, *, at: bool = True) -> str:
    """What the bot answers to *text* in a group of its own."""
    group = next(_GROUPS)
    await peer.group(text, group=group, at=at)
    return await peer.reply_to(f"group:{group}")


CHARIOT = "古代“六艺”指“礼、乐、射、御、书、数”，其中的“御”是指："


@pytest.mark.parametrize(
    ("shape", "text", "expected"),
    [
        (1, f"{CHARIOT}\nA.骑马\nB.杂技\nC.驾车\nD.防御", "选 C. 驾车"),
        (2, f"{CHARIOT}\nA.骑马         B.杂技\nC.驾车         D.防御", "选 C. 驾车"),
        (3, "初唐四杰中年纪最小的是____A、王勃B、杨炯C、卢照邻D、骆宾王", "选 A. 王勃"),
        (4, "15.他曾仅率800骑兵脱离大部队，追击\n数百里，被封为冠军侯的西汉名将是\nC.李广", "霍去病"),
        (5, "《永乐大典》成书之前，收录宋代以前小说最多的类书是\nA.《太平御览》\nB\n《太平广记》\nC\n《册府元龟》\nD.\n《武林旧事》", "《太平广记》"),
        (7, "答案选啥", "没看到是哪道题"),
        (7, "这题怎么选", "没看到是哪道题"),
        (7, "帮我看看这题", "没看到是哪道题"),
        (8, "下列说法错误的是", "要看选项"),
        (8, "下列说法错误的是\nA.虚构丁说\nB.虚构丙说\nC.虚构乙说\nD.虚构甲说", "选 A. 虚构丁说"),
        (9, "虚构国的首都设在\nA.子城\nB.丑城\nC.寅城\nD.卯城", "选 B. 丑城"),
        (9, "虚构国的首都设在", "要看选项"),
        (10, f"{CHARIOT}\nA.防御\nB.驾车\nC.杂技\nD.骑马", "选 B. 驾车"),
        (11, "推动高质量发展的虚构举措应当\nA.着力与补短板\nB.立足于锻长板\nC.依托于强弱项\nD.服务于稳底盘", "选 A"),
        (12, "虚构湖泊烟波湖的平均水深是多少\nA.12米\nB.37米\nC.86米\nD.120米", "选 B. 37米"),
        (13, "虚构工程应当包含的方案有\nA.食堂菜单\nB.应急预案\nC.支架构造\nD.施工方案", "选 BCD"),
        (14, "虚构工程应当包含的方案有 A施工方案 B支架构造 C应急预案 D食堂菜单", "选 ABC"),
        (15, "虚构工程应当包含的方案有哪些", "施工方案"),
        (21, "1.0m行不行", "题库里没有"),
        (23, "2021案例二第3问答案发我", "题库里没有"),
        (23, "我说了在题卡里", "题库里没有"),
        (24, "虚构史书《云海志》的作者是谁？到底哪个对", "两种答案"),
        (25, "虚构法规定的举报电话号码是多少？", "可能已经过时"),
        (26, "5题有3-4题不对", "题库里没有"),
        (27, f"@公考助手 {CHARIOT}\nA.骑马\nB.杂技\nC.驾车\nD.防御", "选 C. 驾车"),
        (29, "能用word导入么", "超级用户"),
        (30, "设置 qqAI", "题库里没有"),
        (30, "[CQ:at,qq=all]", "题库里没有"),
    ],
)  # fmt: skip
async def test_a_typed_shape_gets_what_it_should(peer: Peer, shape: int, text: str, expected: str):
    assert expected in await says(peer, text), shape


async def test_16_over_selection_cannot_happen_the_key_is_the_banks(peer: Peer):
    text = await says(peer, "虚构工程应当包含的方案有\nA.施工方案\nB.支架构造\nC.应急预案\nD.食堂菜单")
    assert text.startswith("选 ABC\n")
    assert "D. 食堂菜单" not in text


@pytest.mark.parametrize(
    "text", ["为什么不是B？一句话", "那C呢？一句话", "那我改选D，对吗？一句话", "错因是什么？10个字以内"]
)
async def test_17_to_20_a_follow_up_speaks_of_the_quoted_answer(peer: Peer, text: str):
    group = next(_GROUPS)
    chat = f"group:{group}"
    await peer.group(f"{CHARIOT}\nA.骑马\nB.杂技\nC.驾车\nD.防御", group=group)
    await peer.reply_to(chat)
    # Receipts are written in company, within journal_linger_ms; nobody quotes faster than that.
    await asyncio.sleep(0.5)
    quote = {"type": "reply", "data": {"id": str(peer.sent[chat][0]["message_id"])}}
    await peer.message([quote, {"type": "text", "data": {"text": text}}], group=group)
    told = await peer.reply_to(chat, count=2)
    assert "选 C. 驾车" in told
    assert "御是指驾车" in told


async def test_22_a_new_question_in_a_quote_is_a_new_question(peer: Peer):
    group = next(_GROUPS)
    chat = f"group:{group}"
    await peer.group("虚构湖泊烟波湖的平均水深是多少", group=group)
    await peer.reply_to(chat)
    quote = {"type": "reply", "data": {"id": str(peer.sent[chat][0]["message_id"])}}
    await peer.message([quote, {"type": "text", "data": {"text": "初唐四杰中年纪最小的是谁"}}], group=group)
    assert "王勃" in await peer.reply_to(chat, count=2)


async def test_28_a_quote_of_the_bot_needs_no_mention_and_other_talk_is_left_alone(peer: Peer):
    group = next(_GROUPS)
    chat = f"group:{group}"
    await peer.group("虚构湖泊烟波湖的平均水深是多少", group=group, at=False)
    assert await peer.silent(chat)
    await peer.group("虚构湖泊烟波湖的平均水深是多少", group=group)
    await peer.reply_to(chat)
    quote = {"type": "reply", "data": {"id": str(peer.sent[chat][0]["message_id"])}}
    await peer.message([quote, {"type": "text", "data": {"text": "初唐四杰中年纪最小的是"}}], group=group)
    assert "王勃" in await peer.reply_to(chat, count=2)


async def test_a_quoted_question_is_answered_when_somebody_points_at_it(peer: Peer):
    group = next(_GROUPS)
    peer.known[77] = {
        "time": 1,
        "message_type": "group",
        "message_id": 77,
        "real_id": 77,
        "sender": {"user_id": 5, "nickname": "x"},
        "message": [{"type": "text", "data": {"text": "虚构湖泊烟波湖的平均水深是多少"}}],
    }
    at = {"type": "at", "data": {"qq": str(peer.self_id)}}
    quote = {"type": "reply", "data": {"id": "77"}}
    await peer.message([quote, at, {"type": "text", "data": {"text": " 这题选啥"}}], group=group)
    assert (await peer.reply_to(f"group:{group}")).startswith("37米")


async def test_30_odd_ids_empty_text_and_names(peer: Peer):
    group = next(_GROUPS)
    at = {"type": "at", "data": {"qq": str(peer.self_id)}}
    await peer.message([at, {"type": "text", "data": {"text": ""}}], group=group, message_id=-(2**62))
    assert "没看到题目" in await peer.reply_to(f"group:{group}")


def _picture(png: bytes) -> dict[str, Any]:
    return {"type": "image", "data": {"file": "base64://" + base64.b64encode(png).decode(), "sub_type": 0}}


@pytest.fixture(scope="module")
def drawn() -> dict[str, bytes]:
    """Pictures of one and of two questions."""
    # Playwright's calls that wait refuse to run inside an event loop.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_draw).result()


@pytest.mark.skipif(find_spec("rapidocr") is None and not os.environ.get("CI"), reason="the extra photo is missing")
@pytest.mark.browser
class TestPictures:
    """Shapes 6 and 7 with a picture, and a picture with several questions."""

    @pytest.mark.parametrize("words", ["", "这题怎么选"])
    async def test_a_screenshot_is_read_and_answered(self, peer: Peer, drawn, words: str):
        group = next(_GROUPS)
        at = {"type": "at", "data": {"qq": str(peer.self_id)}}
        await peer.message([at, _picture(drawn["one"]), {"type": "text", "data": {"text": words}}], group=group)
        assert "选 C. 驾车" in await peer.reply_to(f"group:{group}", wait_s=60)

    async def test_of_several_questions_one_is_picked_by_its_number(self, peer: Peer, drawn):
        group = next(_GROUPS)
        chat = f"group:{group}"
        at = {"type": "at", "data": {"qq": str(peer.self_id)}}
        await peer.message([at, _picture(drawn["two"])], group=group)
        assert "图里有 2 道题" in await peer.reply_to(chat, wait_s=60)
        await peer.group("2", group=group, at=False, user=999)
        assert await peer.silent(chat)
        await peer.group("2", group=group, at=False)
        assert "选 B. 霍去病" in await peer.reply_to(chat, count=2)


def _draw() -> dict[str, bytes]:
    from tests.bot.photos.pages import Painter

    def page(*items: dict[str, Any]) -> str:
        shown = "".join(
            f"<p>{at}. {item['stem']}</p>" + "".join(f"<p>{'ABCD'[i]}. {o}</p>" for i, o in enumerate(item["options"]))
            for at, item in enumerate(items, 1)
        )
        return f"<body style='font:17px Noto Sans CJK SC;margin:20px'>{shown}</body>"

    with Painter() as painter:
        return {"one": painter.draw(page(ITEMS[0])), "two": painter.draw(page(ITEMS[0], ITEMS[1]))}
