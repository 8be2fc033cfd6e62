"""A superuser drops a question file into a chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio
from aiohttp import web

from tests.documents import write_slow_pdf
from tests.peer import BotProcess, Peer, free_port

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
BOSS = 4242
BANK = """一、单项选择题
1. 小公助手测试用的第一座虚构城市叫做（　）。
A. 云泽城  B. 望海城  C. 青桐城  D. 落星城
答案：C
2. 虚构的星历元年由哪位虚构学者提出？
A. 甲先生  B. 乙先生  C. 丙先生  D. 丁先生
答案：A
3. 这一题没有给出答案的虚构河流是（　）。
A. 长歌河  B. 短歌河  C. 行云河  D. 流水河
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def files() -> AsyncIterator[tuple[str, dict[str, bytes]]]:
    """A file server on loopback: its address and what it serves by name."""
    served: dict[str, bytes] = {}

    async def serve(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == "slow":
            await asyncio.sleep(6)
        return web.Response(body=served[name]) if name in served else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{name}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}", served
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    settings = f'superusers = ["{BOSS}"]\ntrusted_hosts = ["127.0.0.1"]\nmax_import_mb = 1'
    process = await BotProcess(tmp_path_factory.mktemp("bot"), settings=settings).start()
    yield process
    await process.stop()


async def test_preview_then_confirm_then_ask_then_undo(peer: Peer, files):
    url, served = files
    served["a"] = BANK.encode()
    await peer.upload("虚构题库.txt", f"{url}/a", group=1, user=BOSS)
    preview = await peer.reply_to("group:1", wait_s=20)
    assert "《虚构题库.txt》共 3 题" in preview
    assert "新增 3 · 重复 0 · 合并 0 · 冲突 0 · 拒绝 0（新增里 1 题没有答案）" in preview
    assert "1. 小公助手测试用的第一座虚构城市叫做" in preview
    assert "【C】" in preview
    assert "回复「确认」导入" in preview

    await peer.group("确认", group=1, user=BOSS, at=False)
    done = await peer.reply_to("group:1", count=2, wait_s=20)
    assert "导入完成" in done
    number = done.split("/撤销导入 ")[1].split()[0]

    await peer.group("虚构的星历元年由哪位虚构学者提出", group=1, user=7)
    assert (await peer.reply_to("group:1", count=3)).startswith("选 A. 甲先生")
    await peer.group("这一题没有给出答案的虚构河流是", group=1, user=7)
    assert "还没有答案" in await peer.reply_to("group:1", count=4)

    await peer.group(f"/撤销导入 {number}", group=1, user=7, at=False)
    assert await peer.reply_to("group:1", count=5) == "只有超级用户能撤销导入。"
    await peer.group(f"/撤销导入 {number}", group=1, user=BOSS, at=False)
    assert "已撤销：删去 3 题" in await peer.reply_to("group:1", count=6)
    await peer.group("虚构的星历元年由哪位虚构学者提出", group=1, user=7)
    assert "选 A" not in await peer.reply_to("group:1", count=7)
    await peer.group("/撤销导入", group=1, user=BOSS, at=False)
    assert (await peer.reply_to("group:1", count=8)).startswith("这样写：/撤销导入 编号。")


async def test_cancel_forgets_the_file(peer: Peer, files, bot: BotProcess):
    url, served = files
    served["b"] = BANK.encode()
    await peer.upload("题.txt", f"{url}/b", group=2, user=BOSS)
    await peer.reply_to("group:2", wait_s=20)
    await peer.group("取消", group=2, user=BOSS, at=False)
    assert await peer.reply_to("group:2", count=2) == "好，不导入了。"
    assert list((bot.home / "data" / "incoming").iterdir()) == []
    await peer.group("确认", group=2, user=BOSS, at=False)
    assert await peer.silent("group:2")


async def test_nobody_elses_files_and_words_count(peer: Peer, files):
    url, served = files
    served["c"] = BANK.encode()
    await peer.upload("题.txt", f"{url}/c", group=3, user=7)
    await peer.upload("照片.jpg", f"{url}/c", group=3, user=BOSS)
    assert await peer.silent("group:3")
    await peer.upload("题.txt", f"{url}/c", group=3, user=BOSS)
    await peer.reply_to("group:3", wait_s=20)
    await peer.group("确认", group=3, user=7, at=False)
    assert await peer.silent("group:3")


async def test_a_file_sent_in_private_with_its_address(peer: Peer, files):
    url, served = files
    served["d"] = BANK.replace("虚构", "私聊虚构").encode("gb18030")
    segment = {"type": "file", "data": {"file": "../../etc/题库.txt", "file_size": "600", "url": f"{url}/d"}}
    await peer.message([segment], user=BOSS)
    assert "《题库.txt》共 3 题" in await peer.reply_to(f"private:{BOSS}", wait_s=20)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("书.txt", "只是一本书的目录\n第一章 起源\n第二章 经过\n".encode(), "看起来不是题库"),
        ("假.docx", b"not a document", "内容却不是 Word"),
        ("大.txt", b"x" * (1 << 21), "超过 1 MB"),
        ("没有.txt", None, "下载不了"),
    ],
)
async def test_what_cannot_be_imported_is_refused_with_the_reason(peer: Peer, files, name, content, words):
    url, served = files
    served.pop("e", None)
    if content is not None:
        served["e"] = content
    group = 1000 + len(name) + len(words)
    await peer.upload(name, f"{url}/e", group=group, user=BOSS)
    assert words in await peer.reply_to(f"group:{group}", wait_s=20)


async def test_addresses_inside_the_network_are_not_fetched(peer: Peer):
    await peer.upload("题.txt", "http://[::1]:80/x", group=6, user=BOSS)
    assert "内网" in await peer.reply_to("group:6", wait_s=20)
    await peer.upload("题.txt", "file:///etc/passwd", group=6, user=BOSS)
    assert "没有可以下载的地址" in await peer.reply_to("group:6", count=2, wait_s=20)


async def test_anybody_may_ask_how_to_import(peer: Peer):
    await peer.group("能用word导入么", group=7, user=7)
    assert "超级用户" in await peer.reply_to("group:7")


async def test_what_takes_long_shows_a_card_that_the_preview_replaces(peer: Peer, files):
    url, served = files
    served["slow"] = BANK.encode()
    await peer.upload("慢.txt", f"{url}/slow", group=8, user=BOSS)
    assert await peer.reply_to("group:8") == "正在看《慢.txt》\n下载中…"
    assert "《慢.txt》共 3 题" in await peer.reply_to("group:8", count=2, wait_s=20)
    assert peer.recalled == [peer.sent["group:8"][0]["message_id"]]


async def test_others_are_answered_while_a_heavy_file_is_read_and_its_end_is_told(
    peer: Peer, files, bot: BotProcess, tmp_path
):
    url, served = files
    served["heavy"] = write_slow_pdf(tmp_path / "heavy.pdf").read_bytes()
    await peer.upload("重.pdf", f"{url}/heavy", group=9, user=BOSS)
    reading: list[psutil.Process] = []
    for _ in range(1000):
        children = psutil.Process(bot.process.pid).children()
        reading = [child for child in children if "bot.services.importing.worker" in child.cmdline()]
        if reading and reading[0].cpu_times().user > 0.5:
            break
        await asyncio.sleep(0.02)
    await peer.group("能用word导入么", group=10, user=7)
    assert "超级用户" in await peer.reply_to("group:10")
    assert reading[0].is_running()
    reading[0].kill()
    count = 1
    while "没有导入" not in (said := await peer.reply_to("group:9", count=count)):
        count += 1  # the card that tells how far it is
    assert "《重.pdf》没有导入：文件读到一半出了错" in said
    assert "file of type .pdf not read" in bot.log
    assert list((bot.home / "data" / "incoming").glob("*.pdf")) == []
