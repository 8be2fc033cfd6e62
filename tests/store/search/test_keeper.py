"""The search index follows the database, whoever changes it and whatever happens to its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from store import bank
from store.db import Sessions
from store.models import Question, QuestionWording
from store.search import Found, IndexKeeper, QuestionIndex
from store.wording import fingerprint, stem_hash


async def add(sessions: Sessions, *stems: str) -> list[int]:
    async with sessions.begin() as session:
        version = await bank.bump_version(session)
        rows = [
            Question(
                kind="short",
                stem=stem,
                options=[],
                answer="甲",
                fingerprint=fingerprint(stem, []),
                stem_hash=stem_hash(stem),
                changed_in=version,
            )
            for stem in stems
        ]
        session.add_all(rows)
        await session.flush()
        return [row.id for row in rows]


def ids(found: list[Found]) -> list[int]:
    return [one.id for one in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


async def test_half_a_stem_finds_its_question_first(sessions: Sessions) -> None:
    numbers = await add(sessions, "我国最早的诗歌总集是哪部作品", "我国最大的淡水湖是哪个湖", "太阳系中最大的行星")
    keeper = IndexKeeper(sessions, None)
    assert keeper.find("诗歌总集") == []
    await keeper.catch_up()
    assert ids(keeper.find("最早的诗歌总集"))[0] == numbers[0]
    assert keeper.find("") == keeper.find("囍") == []


async def test_changes_are_taken_over_without_a_new_index(sessions: Sessions, folder: Path) -> None:
    numbers = await add(sessions, *(f"关于第{n}个朝代的题目是什么" for n in range(50)))
    keeper = IndexKeeper(sessions, folder)
    await keeper.catch_up()
    (first,) = [path.name for path in folder.iterdir() if path.is_dir()]
    (late,) = await add(sessions, "海洋里跑得最快的鱼是什么鱼")
    async with sessions.begin() as session:
        version = await bank.bump_version(session)
        session.add(QuestionWording(question_id=numbers[3], stem="换个说法问商周", stem_hash=1))
        await session.execute(update(Question).where(Question.id == numbers[3]).values(changed_in=version))
        retired = update(Question).where(Question.id == numbers[4])
        await session.execute(retired.values(status="retired", changed_in=version))
    await keeper.catch_up()
    assert ids(keeper.find("跑得最快的鱼"))[0] == late
    assert ids(keeper.find("换个说法问商周"))[0] == numbers[3]
    assert keeper.size == 50
    assert numbers[4] not in ids(keeper.find("关于第4个朝代的题目", 60))
    assert [path.name for path in folder.iterdir() if path.is_dir()] == [first]


async def test_deleted_questions_lead_to_a_new_index(sessions: Sessions, folder: Path) -> None:
    numbers = await add(sessions, "甲乙丙丁问的是什么", "子丑寅卯问的是什么")
    keeper = IndexKeeper(sessions, folder)
    await keeper.catch_up()
    async with sessions.begin() as session:
        await session.execute(delete(Question).where(Question.id == numbers[0]))
        await bank.bump_version(session)
    await keeper.catch_up()
    assert keeper.size == 1
    assert ids(keeper.find("甲乙丙丁")) != numbers[:1]


async def test_a_second_process_uses_the_same_files(sessions: Sessions, folder: Path) -> None:
    (number,) = await add(sessions, "我国最早的诗歌总集是哪部作品")
    one, two = IndexKeeper(sessions, folder), IndexKeeper(sessions, folder)
    await one.catch_up()
    generation = json.loads((folder / "current.json").read_text())["generation"]
    await two.catch_up()
    assert ids(two.find("诗歌总集")) == [number]
    (late,) = await add(sessions, "海洋里跑得最快的鱼是什么鱼")
    await one.catch_up()
    await two.catch_up()
    assert ids(two.find("跑得最快的鱼"))[0] == late
    assert json.loads((folder / "current.json").read_text())["generation"] == generation


@pytest.mark.parametrize("damage", ["state", "files", "other bank", "empty"])
async def test_an_index_that_cannot_be_trusted_is_made_again(sessions: Sessions, folder: Path, damage: str) -> None:
    (number,) = await add(sessions, "我国最早的诗歌总集是哪部作品")
    await IndexKeeper(sessions, folder, bank_name="one").catch_up()
    if damage == "state":
        (folder / "current.json").write_text("{")
    elif damage == "files":
        for file in folder.rglob("meta.json"):
            file.write_text("junk")
    elif damage == "empty":
        for file in folder.rglob("*.idx"):
            file.unlink()
    keeper = IndexKeeper(sessions, folder, bank_name="two" if damage == "other bank" else "one")
    await keeper.catch_up()
    assert ids(keeper.find("诗歌总集")) == [number]
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 1


async def test_progress_is_told(sessions: Sessions) -> None:
    await add(sessions, "甲乙丙丁", "子丑寅卯")
    told: list[tuple[int, int]] = []
    await IndexKeeper(sessions, None).catch_up(lambda done, total: told.append((done, total)))
    assert told == [(2, 2)]


def test_a_batch_that_fails_leaves_the_index_as_it_was() -> None:
    index = QuestionIndex()
    with index.batch() as batch:
        batch.put([(1, ["甲乙丙丁"], [])])
    with pytest.raises(TypeError), index.batch() as batch:
        batch.put([(2, ["子丑寅卯"], []), None])
    assert (index.size, index.find("子丑寅卯")) == (1, [])
    with index.batch() as batch:
        batch.put([(1, ["戊己庚辛"], ["甲"])])
        batch.drop([7])
    assert (index.size, index.find("甲乙"), ids(index.find("戊己"))) == (1, [], [1])
