"""What servers print."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from inference.serving.log import ServingLog


def printed(log: ServingLog, text: bytes) -> None:
    with log.open() as file:
        subprocess.run([sys.executable, "-c", f"import os; os.write(1, {text!r})"], stdout=file, check=True)


def test_redrawn_progress_and_colours_become_plain_lines(tmp_path: Path):
    log = ServingLog(tmp_path / "logs" / "s.log", secret="hunter2")
    printed(log, "10%\r50%\r\x1b[31mred\x1b[0m\n\n模型 hunter2\nlast".encode())
    assert log.tail == ["10%", "50%", "red", "模型 ***", "last"]


def test_only_the_owner_may_read_it(tmp_path: Path):
    log = ServingLog(tmp_path / "s.log", max_bytes=1)
    printed(log, b"a key perhaps")
    assert log.rotate()
    assert [file.stat().st_mode & 0o077 for file in tmp_path.iterdir()] == [0, 0]


def test_one_that_others_could_read_is_closed_to_them(tmp_path: Path):
    (tmp_path / "s.log").touch(0o644)
    printed(ServingLog(tmp_path / "s.log"), b"a key perhaps")
    assert (tmp_path / "s.log").stat().st_mode & 0o077 == 0


def test_there_is_no_tail_before_anything_was_printed(tmp_path: Path):
    assert ServingLog(tmp_path / "s.log").tail == []


def test_the_files_are_rotated_and_bounded_while_a_server_writes_on(tmp_path: Path):
    log = ServingLog(tmp_path / "s.log", max_bytes=200, keep=2, tail_lines=3)
    with log.open() as file:
        for number in range(50):
            file.write(b"line %02d of thirty characters ..\n" % number)
            log.rotate()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["s.log", "s.log.1", "s.log.2"]
    assert all(file.stat().st_size <= 250 for file in tmp_path.iterdir())
    assert [line[:7] for line in log.tail] == ["line 47", "line 48", "line 49"]


def test_a_short_log_stays_where_it_is(tmp_path: Path):
    log = ServingLog(tmp_path / "s.log")
    assert not log.rotate()
    printed(log, b"one line\n")
    assert not log.rotate()
    assert log.tail == ["one line"]
