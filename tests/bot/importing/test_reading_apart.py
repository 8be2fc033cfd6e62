"""Files are read in a process of their own: the same rows come back, and what goes wrong there stays there."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
from openpyxl import Workbook

from bot.services.importing.importer import ImportService
from bot.services.importing.keyed_row import KeyedRow, Read
from bot.services.importing.process import FileReader, OwnFileReader
from bot.services.importing.rows import PictureFile, UnreadableFile
from bot.services.importing.wire import unpacked
from store.db import Sessions
from tests.bot.importing.xls_bytes import xls
from tests.documents import write_docx, write_slow_pdf

PAPER = "一、单项选择题\n1. 我国最长的河流是（　）。\nA. 黄河  B. 长江\nC. 珠江  D. 淮河\n答案：B\n2. 首都是哪里？\nA. 北京\nB. 上海\n"
TABLE = [["题干", "选项A", "选项B", "答案"], ["首都是哪里", "北京", "上海", "A"], ["最长的河是", "黄河", "长江", "Z"]]
ITEM = {"kind": "single", "stem": "首都是哪里", "options": ["北京", "上海"], "answer": "A", "category": "地理"}
OBJECTS = [
    ITEM | {"difficulty": 3, "valid_until": "2030-01-31", "also_asked": ["哪里是首都"], "explanation": "一九四九年。"},
    {"kind": "short", "stem": "谁写了《呐喊》", "answer": "鲁迅", "aliases": ["周树人"], "material": "一段材料"},
    {"kind": "short", "stem": "半个字\ud83d", "answer": "鲁迅"},
    {"kind": "short", "stem": ""},
]


def silent(stage: str, done: int, total: int | None) -> None:
    pass


def workers(of: int | None = None) -> list[int]:
    """Processes that read files for process *of*, by default for this one."""
    children = psutil.Process(of).children()
    return [child.pid for child in children if "bot.services.importing.worker" in child.cmdline()]


async def the_worker(of: int | None = None) -> int:
    """The process that reads, once it has begun."""
    for _ in range(3000):
        if (found := workers(of)) and psutil.Process(found[0]).cpu_times().user > 0.5:
            return found[0]
        await asyncio.sleep(0.02)
    pytest.fail("nobody reads")


async def gone(pid: int) -> None:
    for _ in range(500):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"process {pid} is still there")


async def same_in_both(path: Path, key: Path | None = None) -> list[Read]:
    """What *path* holds, equal from the other process and from this one."""
    found: list[object] = []
    for reader in (FileReader(), OwnFileReader()):
        try:
            found.append(await reader.read(path, key, silent))
        except UnreadableFile as error:
            found.append((type(error), str(error)))
    assert found[0] == found[1]
    return found[0]  # type: ignore[return-value]


@pytest.fixture
def samples(tmp_path: Path) -> list[Path]:
    """A file of every kind."""
    book = Workbook()
    for row in TABLE:
        book.active.append(row)
    book.create_sheet("第二张").append(["没有表头的说明"])
    book.save(tmp_path / "bank.xlsx")
    (tmp_path / "bank.xls").write_bytes(xls({"表": TABLE}))
    (tmp_path / "bank.csv").write_text("\n".join(map(",".join, TABLE)), encoding="gb18030")
    for name in ("paper.txt", "paper.md"):
        (tmp_path / name).write_text(PAPER, encoding="utf-8")
    (tmp_path / "bank.json").write_text(json.dumps(OBJECTS), encoding="utf-8")
    (tmp_path / "bank.jsonl").write_text("\n".join([*map(json.dumps, OBJECTS), "不是 JSON"]), encoding="utf-8")
    write_docx(tmp_path / "paper.docx", PAPER.splitlines())
    write_docx(tmp_path / "pairs.docx", ["标题", "最大的宫殿是：->故宫", "没有答案->"])
    write_slow_pdf(tmp_path / "none.pdf", lines=30)
    return sorted(path for path in tmp_path.iterdir() if path.is_file())


@pytest.mark.slow
async def test_every_kind_of_file_comes_through_as_it_is_read_here(samples: list[Path]):
    for path in samples:
        items = await same_in_both(path)
        if path.suffix != ".pdf":
            assert any(isinstance(item, KeyedRow) for item in items), path.name
    assert workers() == []


@pytest.mark.slow
async def test_a_paper_and_its_separate_key_come_through(tmp_path: Path):
    write_docx(tmp_path / "paper.docx", PAPER.replace("答案：B\n", "").splitlines())
    (tmp_path / "key.txt").write_text("参考答案\n1. B\n2. A\n", encoding="utf-8")
    items = await same_in_both(tmp_path / "paper.docx", tmp_path / "key.txt")
    assert [item.row.answer for item in items if isinstance(item, KeyedRow)] == ["B", "A"]


@pytest.mark.slow
async def test_real_files_come_through_as_they_are_read_here(real_data: Path):
    for folder in ("banks", "papers"):
        for path in sorted((real_data / folder).iterdir()):
            await same_in_both(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.docx", b""), ("x.pdf", b"%PDF-1.7"), ("x.zip", b"PK"), ("\udcff.txt", b"\0\0"), ("n.txt", None)],
)
async def test_the_sentence_of_an_unreadable_file_comes_through(tmp_path: Path, name: str, content: bytes | None):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    _, sentence = await same_in_both(tmp_path / name)  # type: ignore[misc]
    assert sentence


async def test_a_picture_is_told_apart(tmp_path: Path):
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
    with pytest.raises(PictureFile):
        await FileReader().read(tmp_path / "x.png", None, silent)


@pytest.mark.slow
async def test_a_file_that_takes_too_long_is_refused_in_words_and_holds_nobody_up(tmp_path: Path, sessions: Sessions):
    path = write_slow_pdf(tmp_path / "slow.pdf")
    importer = ImportService(sessions, files=FileReader(limit_s=3))
    reading = asyncio.create_task(importer.import_file(path, dry_run=True))
    pid = await the_worker()
    beats = 0
    while not reading.done():
        await asyncio.sleep(0.01)
        beats += 1
    with pytest.raises(UnreadableFile, match="读得太久，没有读完"):
        await reading
    assert beats > 20
    assert not psutil.pid_exists(pid)
    report = await importer.import_file(write_docx(tmp_path / "next.docx", ["最大的宫殿是：->故宫"]))
    assert report.counts["new"] == 1


@pytest.mark.slow
async def test_a_file_that_swells_in_memory_is_refused_in_words(tmp_path: Path):
    (tmp_path / "bomb.json").write_text("[" + "[]," * 5_000_000 + "[]]", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="内存太多"):
        await FileReader(max_rss=150_000_000).read(tmp_path / "bomb.json", None, silent)
    assert workers() == []


async def test_one_text_in_very_many_rows_is_refused_before_it_fills_the_bot(tmp_path: Path):
    lines = [json.dumps(ITEM | {"stem": f"第{at}问", "explanation": "长" * 500}) for at in range(300)]
    (tmp_path / "bank.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(UnreadableFile, match="文字太多"):
        await FileReader(max_read=100_000).read(tmp_path / "bank.jsonl", None, silent)
    assert workers() == []


@pytest.mark.slow
async def test_a_process_that_is_killed_is_told_in_words(tmp_path: Path):
    reading = asyncio.create_task(FileReader().read(write_slow_pdf(tmp_path / "slow.pdf"), None, silent))
    os.kill(await the_worker(), 9)
    with pytest.raises(UnreadableFile, match="读到一半出了错"):
        await reading


@pytest.mark.slow
async def test_whoever_gives_up_ends_the_process_and_the_next_file_is_read(tmp_path: Path):
    reader = FileReader()
    reading = asyncio.create_task(reader.read(write_slow_pdf(tmp_path / "slow.pdf"), None, silent))
    pid = await the_worker()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not psutil.pid_exists(pid)
    assert len(await reader.read(write_docx(tmp_path / "next.docx", ["最大的宫殿是：->故宫"]), None, silent)) == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the process ends by its own clock")
async def test_the_process_ends_with_a_bot_that_is_killed(tmp_path: Path):
    path = write_slow_pdf(tmp_path / "slow.pdf")
    script = f"""
    import asyncio
    from pathlib import Path
    from bot.services.importing.process import FileReader
    asyncio.run(FileReader().read(Path({str(path)!r}), None, print))
    """
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", textwrap.dedent(script))
    pid = await the_worker(bot.pid)
    bot.kill()
    await bot.wait()
    await gone(pid)


@pytest.mark.parametrize(
    "sent",
    [
        [],
        ["row"],
        ["nothing", []],
        ["rejected", [], "first", "太长", "题", ""],
        ["aside", [], 1, 5, ""],
        ["row", ["f", "no hash"], 1, "short", "题", [], "答", [], [], "", "", None, None, "", ""],
        ["row", ["f", 1], 1, "short", 5, [], "答", [], [], "", "", None, None, "", ""],
        ["row", ["f", 1], 1, "essay", "题", [], "答", [], [], "", "", None, None, "", ""],
        ["row", ["f", 1], 1, "short", "题", [], "答", [], [], "", "", None, "some day", "", ""],
        ["row", ["f", 1], 1, "short", "题"],
    ],
)
def test_what_no_reader_says_is_not_believed(sent: list[object]):
    with pytest.raises((KeyError, TypeError, ValueError)):
        unpacked(sent)
