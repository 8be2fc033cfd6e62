"""Versions of the preference data: whole, equal for equal battles, one for each change."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from migrations import ensure_schema
from store import arena
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from tests.training.preferences.battles import NOON, SECRET, battle, fight, fill, more_votes, one_of_each
from training.datasets.errors import BuildUnderWay
from training.locking import alone
from training.preferences.building import Built, NothingDecided, build
from training.preferences.pairs import pairs

LATER = NOON + timedelta(days=1)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name != ".lock"}


async def test_a_version_is_its_pairs_and_a_manifest_that_accounts_for_every_battle(sessions: Sessions, tmp_path: Path):
    await fill(sessions)
    folder = tmp_path / "data" / "preferences"
    built = await build(sessions, folder, moment=LATER)
    assert files(folder) == {"v0001.jsonl", "v0001.json"}
    content = (folder / "v0001.jsonl").read_bytes()
    counts = {"written": 2, "tie": 2, "neither": 1, "no_votes": 1, "same_text": 1, "held_out": 0}
    assert built == Built("v0001", folder / "v0001.jsonl", sha256(content).hexdigest(), counts, fresh=True)
    assert json.loads((folder / "v0001.json").read_text(encoding="utf-8")) == {
        "format": 1,
        "file": "v0001.jsonl",
        "sha256": built.sha256,
        "created": "2026-03-02T12:00:00+00:00",
        "battles": {"total": 7} | counts,
        "rounds": [
            {"serving": None, "challenger": 7, "battles": 1, "written": 1},
            {"serving": 6, "challenger": 7, "battles": 6, "written": 1},
        ],
    }
    # The oldest first, in whatever order they were written to the table.
    assert [json.loads(line)["meta"]["battle"] for line in content.splitlines()] == [10, 30]


async def test_the_file_is_the_same_whatever_database_holds_the_battles(sessions: Sessions, tmp_path: Path):
    await fill(sessions)
    built = await build(sessions, tmp_path, moment=NOON)
    told = pairs(sorted(one_of_each(), key=lambda fought: fought[0].id))
    assert built.file.read_text(encoding="utf-8") == told.text


async def test_neither_file_names_anybody(sessions: Sessions, tmp_path: Path):
    await fill(sessions)
    await build(sessions, tmp_path / "preferences", moment=NOON)
    for path in (tmp_path / "preferences").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not [secret for secret in SECRET if secret in text]


async def test_no_version_is_made_without_something_new(sessions: Sessions, tmp_path: Path):
    await fill(sessions)
    first = await build(sessions, tmp_path, moment=NOON)
    written = (tmp_path / "v0001.json").read_bytes()
    # Votes that decide nothing else, and a battle that has none.
    await fight(sessions, (battle(80), {"both": 1}), (battle(90), {}))
    again = await build(sessions, tmp_path, moment=LATER)
    assert (again.name, again.sha256, again.fresh) == ("v0001", first.sha256, False)
    assert again.counts["tie"] == first.counts["tie"] + 1
    assert (tmp_path / "v0001.json").read_bytes() == written


async def test_what_changed_is_the_next_version_and_the_old_one_stays(sessions: Sessions, tmp_path: Path):
    await fill(sessions)
    first = await build(sessions, tmp_path, moment=NOON)
    kept = first.file.read_bytes()
    await fight(sessions, (battle(5), {"challenger": 1}))
    second = await build(sessions, tmp_path, moment=LATER)
    await more_votes(sessions, 30, challenger=2)
    third = await build(sessions, tmp_path, moment=LATER)
    assert [one.name for one in (first, second, third)] == ["v0001", "v0002", "v0003"]
    assert first.file.read_bytes() == kept
    assert second.file.read_text(encoding="utf-8").endswith(kept.decode())
    winners = [json.loads(line)["meta"]["winner"] for line in third.file.read_text(encoding="utf-8").splitlines()]
    assert winners == ["challenger"] * 3


async def test_only_the_newest_version_is_compared_by_number(sessions: Sessions, tmp_path: Path):
    await fill(sessions)
    await build(sessions, tmp_path, moment=NOON)
    for name in ("v9999", "v10000", "v0002-copy"):
        (tmp_path / f"{name}.jsonl").write_text("{}\n", encoding="utf-8")
        (tmp_path / f"{name}.json").write_text("{}\n", encoding="utf-8")
    assert (await build(sessions, tmp_path, moment=NOON)).name == "v10001"


@pytest.mark.parametrize("harm", ["removed", "changed"])
async def test_pairs_that_are_damaged_are_written_anew(sessions: Sessions, tmp_path: Path, harm: str):
    await fill(sessions)
    first = await build(sessions, tmp_path, moment=NOON)
    first.file.unlink() if harm == "removed" else first.file.write_text("{}\n", encoding="utf-8")
    second = await build(sessions, tmp_path, moment=NOON)
    assert (second.name, second.sha256, second.fresh) == ("v0002", first.sha256, True)


async def test_without_a_winner_there_is_no_version(sessions: Sessions, tmp_path: Path):
    folder = tmp_path / "preferences"
    with pytest.raises(NothingDecided, match="还没有盲评过"):
        await build(sessions, folder, moment=NOON)
    await fight(sessions, (battle(1), {}), (battle(2), {"both": 1}))
    with pytest.raises(NothingDecided, match="一共 2 场：不分上下 1 场，没人投票 1 场。"):
        await build(sessions, folder, moment=NOON)
    assert files(folder) == set()


async def test_one_process_builds_at_a_time(sessions: Sessions, tmp_path: Path):
    await fill(sessions)
    folder = tmp_path / "preferences"
    with alone(folder / ".lock", RuntimeError()), pytest.raises(BuildUnderWay, match="另一个进程正在"):
        await build(sessions, folder, moment=NOON)
    assert files(folder) == set()
    assert (await build(sessions, folder, moment=NOON)).fresh


PROGRAM = """
import os, sys, time
from training.rounds import folder
left = int(sys.argv[1])
sync = folder.os.fsync
def hang(number):
    global left
    left -= 1
    if not left:
        print("now", flush=True)
        time.sleep(60)
    sync(number)
folder.os.fsync = hang
from training.__main__ import app
app(["preferences", "build", "--to", "made"])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "left"),
    [
        # Each file: its draft goes to the disk, then the folder with its name.
        (1, {".v0001.jsonl.new"}),
        (2, {"v0001.jsonl"}),
        (3, {"v0001.jsonl", ".v0001.json.new"}),
        (4, {"v0001.jsonl", "v0001.json"}),
    ],
)
async def test_a_killed_build_leaves_no_half_file_and_the_next_is_as_if_nothing_had_been(
    sqlite_url: str, tmp_path: Path, moment: int, left: set[str]
):
    await ensure_schema(sqlite_url, StoreConfig())
    engine = open_engine(sqlite_url, StoreConfig())
    sessions = open_sessions(engine)
    await fill(sessions)
    undisturbed = await build(sessions, tmp_path / "other", moment=NOON)
    (tmp_path / "bot.toml").touch()
    _kill_at(moment, tmp_path, sqlite_url)
    made = tmp_path / "made"
    assert files(made) == left
    if moment > 1:
        assert (made / "v0001.jsonl").read_bytes() == undisturbed.file.read_bytes()
    built = await build(sessions, made, moment=NOON)
    assert (built.name, built.sha256, built.fresh) == ("v0001", undisturbed.sha256, moment < 4)
    assert files(made) == {"v0001.jsonl", "v0001.json"}
    if moment < 4:
        assert (made / "v0001.json").read_bytes() == (tmp_path / "other" / "v0001.json").read_bytes()
    await engine.dispose()


def _kill_at(moment: int, home: Path, url: str) -> None:
    environment = os.environ | {
        "GONGKAO_CONFIG": str(home / "bot.toml"),
        "GONGKAO_DATABASE_URL": url,
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(moment)], cwd=home, env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "now\n"
        child.send_signal(signal.SIGKILL)


async def test_after_a_kill_between_the_files_newer_battles_take_the_place(sessions: Sessions, tmp_path: Path):
    await fill(sessions)
    first = await build(sessions, tmp_path, moment=NOON)
    (tmp_path / "v0001.json").unlink()
    async with sessions.begin() as session:
        await arena.vote(session, 50, "qq:somebody", "serving")
    second = await build(sessions, tmp_path, moment=NOON)
    assert (second.name, second.fresh) == ("v0001", True)
    assert second.sha256 != first.sha256
    told = json.loads((tmp_path / "v0001.json").read_text(encoding="utf-8"))
    assert told["sha256"] == sha256(second.file.read_bytes()).hexdigest()
