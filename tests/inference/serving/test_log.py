"""Output of a child, line by line."""

from __future__ import annotations

import asyncio
from pathlib import Path

from inference.serving.log import ServingLog


async def copy(log: ServingLog, *blocks: bytes) -> None:
    reader = asyncio.StreamReader()
    task = asyncio.create_task(log.copy(reader))
    for block in blocks:
        reader.feed_data(block)
        await asyncio.sleep(0)
    reader.feed_eof()
    await task
    log.close()


async def test_redrawn_progress_colours_and_split_characters_become_plain_lines(tmp_path: Path):
    log = ServingLog(tmp_path / "logs" / "s.log")
    raw = "模型".encode()
    await copy(log, b"10%\r50%\r", b"\x1b[31mred\x1b[0m\n\n" + raw[:4], raw[4:] + b"\nlast")
    assert log.tail == ["10%", "50%", "red", "模型", "last"]
    assert log.path.read_text(encoding="utf-8").splitlines() == log.tail


async def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path):
    log = ServingLog(tmp_path / "s.log")
    await copy(log, *[b"x" * 5000] * 4)
    assert [len(line) for line in log.tail] == [10000, 10000]


async def test_the_files_are_rotated_and_bounded(tmp_path: Path):
    log = ServingLog(tmp_path / "s.log", max_bytes=200, keep=2)
    await copy(log, *[b"a line of thirty characters ..\n"] * 50)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["s.log", "s.log.1", "s.log.2"]
    assert all(file.stat().st_size <= 200 for file in tmp_path.iterdir())


async def test_percent_signs_are_kept(tmp_path: Path):
    log = ServingLog(tmp_path / "s.log")
    await copy(log, b"100%s done %d\n")
    assert log.path.read_text() == "100%s done %d\n"
