"""A set is built from the bank, the same everywhere, and never again changed."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from inference.prompts import SYSTEM_PROMPT, UNSURE
from migrations import ensure_schema
from store import datasets, splits
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Correction, DatasetCorrection, Question, QuestionWording, now
from store.wording import fingerprint, stem_hash
from tests.training import rows
from training.datasets import building, folders
from training.datasets.building import Built
from training.datasets.errors import BuildUnderWay, NothingToTrain, UnknownVersion
from training.datasets.settings import DatasetSettings

DAY = date(2026, 4, 1)
CONFIG = DatasetSettings(holdout_percent=20)


def lines(folder: Path, name: str) -> list[dict]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def turns(folder: Path) -> list[dict[str, str]]:
    return [turn for line in lines(folder, "train.jsonl") for turn in line["conversation"]]


async def build(sessions: Sessions, root: Path, config: DatasetSettings = CONFIG, day: date = DAY) -> Built:
    return await building.build(sessions, root, config, day=day)


async def held_out(sessions: Sessions, kind: str = "short") -> Question:
    """A question of the holdout side."""
    async with sessions() as session:
        sides = {place[0]: place[1] for place in await splits.places(session)}
        for question in await session.scalars(select(Question).order_by(Question.id)):
            if sides.get(question.fingerprint) == "holdout" and question.kind == kind:
                return question
    raise AssertionError("nothing is held out")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "sets"


async def test_every_question_lies_on_one_side_and_is_laid_out_for_xtuner(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions)
    built = await build(sessions, root)
    assert (built.name, built.fresh) == ("v0001", True)
    folder = root / "v0001"
    asked = turns(folder)
    assert all(list(turn) == ["system", "input", "output"] and turn["system"] == SYSTEM_PROMPT for turn in asked)
    held = lines(folder, "holdout.jsonl")
    assert 4 <= len(held) <= 25
    inputs = {turn["input"] for turn in asked}
    assert not inputs & {line["input"] for line in held}
    index = lines(folder, "index.jsonl")
    assert Counter(entry["side"] for entry in index) == {"train": 60 - len(held), "holdout": len(held)}
    assert [entry["fingerprint"] for entry in index] == sorted(entry["fingerprint"] for entry in index)
    styles = (folder / "styles.txt").read_text(encoding="utf-8").split()
    assert Counter(styles) == built.manifest["samples"]["style"]
    assert {"plain", "explained", "alias", "order", "rule"} <= set(styles)
    async with sessions() as session:
        version = await datasets.version(session, "v0001")
        assert version is not None
        assert version.sha256 == built.sha256 == folders.digest(folder / "manifest.json")
        assert version.manifest == built.manifest
        assert len(await splits.places(session)) == 60
    for name, told in built.manifest["files"].items():
        content = (folder / name).read_bytes()
        assert (folders.digest(folder / name), len(content)) == (told["sha256"], told["bytes"])
        assert content.count(b"\n") == told["lines"]
    assert not (root / ".building").exists()


async def test_sqlite_and_postgresql_give_one_sha256(sqlite_url: str, postgres_url: str, tmp_path: Path) -> None:
    sums: set[str] = set()
    for name, url in (("lite", sqlite_url), ("post", postgres_url)):
        await ensure_schema(url, StoreConfig())
        engine = open_engine(url, StoreConfig())
        sessions = open_sessions(engine)
        await rows.fill(sessions)
        for number, row in enumerate(rows.many(1, 60)[10:20], start=1):
            verdict = "unanswerable" if number == 3 else "changed"
            status = "withdrawn" if number == 5 else "accepted"
            await rows.decide(sessions, number, row, verdict=verdict, corrections=status)
        first = await build(sessions, tmp_path / name)
        async with sessions.begin() as session:
            session.add_all(rows.many(61, 30))
        second = await build(sessions, tmp_path / name)
        sums |= {first.sha256, second.sha256}
        await engine.dispose()
    assert len(sums) == 2
    for version in ("v0001", "v0002"):
        for file in (tmp_path / "lite" / version).iterdir():
            assert file.read_bytes() == (tmp_path / "post" / version / file.name).read_bytes()


async def test_nothing_new_gives_no_new_version(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions, count=30)
    first = await build(sessions, root)
    again = await build(sessions, root)
    assert (again.name, again.sha256, again.fresh) == ("v0001", first.sha256, False)
    assert sorted(path.name for path in root.iterdir()) == [".lock", "v0001"]
    # Nor does another day on which the same facts hold.
    assert not (await build(sessions, root, day=date(2027, 1, 1))).fresh


async def test_a_version_is_as_old_as_what_it_was_built_from(sessions: Sessions, root: Path) -> None:
    """What is corrected while the files are written is not in it."""
    await rows.fill(sessions, count=30)
    reported: list[datetime] = []
    await building.build(sessions, root, CONFIG, day=DAY, report=lambda *_, **__: reported.append(now()))
    async with sessions() as session:
        (version,) = await datasets.versions(session)
    assert version.built_at < reported[0]


async def test_a_changed_bank_gives_the_next_version_and_leaves_the_old_one_alone(
    sessions: Sessions, root: Path
) -> None:
    await rows.fill(sessions, count=30)
    await build(sessions, root)
    before = {file.name: file.read_bytes() for file in (root / "v0001").iterdir()}
    async with sessions.begin() as session:
        session.add_all(rows.many(31, 5))
    built = await build(sessions, root)
    assert built.name == "v0002"
    assert {file.name: file.read_bytes() for file in (root / "v0001").iterdir()} == before
    sides = [
        {entry["fingerprint"]: entry["side"] for entry in lines(root / name, "index.jsonl")}
        for name in ("v0001", "v0002")
    ]
    assert sides[0].items() <= sides[1].items()


async def test_another_seed_gives_another_order_of_the_same_sides(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions, count=30)
    config = CONFIG.model_copy(update={"refusal_percent": 0, "replay_percent": 0})
    await build(sessions, root, config)
    built = await build(sessions, root, config.model_copy(update={"seed": 2}))
    assert built.name == "v0002"
    assert lines(root / "v0001", "holdout.jsonl") == lines(root / "v0002", "holdout.jsonl")
    plain = [[t["input"] for t in turns(root / name) if "A." not in t["input"]] for name in ("v0001", "v0002")]
    assert plain[0] != plain[1]
    assert sorted(plain[0]) == sorted(plain[1])


@pytest.mark.parametrize("change", ["请问：{}", "{}谁？", "（2024）{}", "在{}", "{}___是"])
async def test_what_resembles_a_held_out_question_is_never_trained_on(
    sessions: Sessions, root: Path, change: str
) -> None:
    await rows.fill(sessions)
    await build(sessions, root)
    held = await held_out(sessions)
    stem = change.format(held.stem)
    async with sessions.begin() as session:
        session.add(rows.question(900, stem, "另一个人", status="active", explanation="后来加的"))
        # With options, too.
        session.add(rows.question(901, stem, "A", options=["甲某", "乙某", "丙某", "丁某"]))
    await build(sessions, root)
    assert not any("另一个人" in turn["output"] or "甲某" in turn["input"] for turn in turns(root / "v0002"))
    async with sessions() as session:
        for options in ([], ["甲某", "乙某", "丙某", "丁某"]):
            place = await splits.place_of(session, fingerprint(stem, options))
            assert place is None or place[1] == "holdout"


async def test_options_of_a_held_out_question_in_another_order_are_not_trained_on(
    sessions: Sessions, root: Path
) -> None:
    await rows.fill(sessions, count=90)
    await build(sessions, root)
    held = await held_out(sessions, "single")
    async with sessions.begin() as session:
        session.add(rows.question(900, "换句话说，" + held.stem[3:], "A", options=held.options[::-1]))
    await build(sessions, root)
    entry = next(entry for entry in lines(root / "v0002", "index.jsonl") if entry["id"] == 900)
    assert (entry["side"], entry["cluster"]) == ("holdout", held.fingerprint)


async def test_wordings_count_as_the_question(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions)
    await build(sessions, root)
    held = await held_out(sessions)
    wording = "某种很特别的旁敲侧击的问法究竟指的是哪一位"
    async with sessions.begin() as session:
        session.add(QuestionWording(question_id=held.id, stem=wording, stem_hash=stem_hash(wording)))
        session.add(rows.question(900, "请问" + wording, "甲"))
    await build(sessions, root)
    entry = next(entry for entry in lines(root / "v0002", "index.jsonl") if entry["id"] == 900)
    assert (entry["side"], entry["cluster"]) == ("holdout", held.fingerprint)


async def test_a_later_wording_that_resembles_a_held_out_question_is_not_trained_on(
    sessions: Sessions, root: Path
) -> None:
    await rows.fill(sessions)
    await build(sessions, root)
    held = await held_out(sessions)
    trained = next(entry for entry in lines(root / "v0001", "index.jsonl") if entry["side"] == "train")
    async with sessions.begin() as session:
        stem = held.stem.replace("游历", "漫游")
        session.add(QuestionWording(question_id=trained["id"], stem=stem, stem_hash=stem_hash(stem)))
    # The other wordings went into no sample, so that nothing is new.
    assert not (await build(sessions, root)).fresh


async def test_an_edited_question_stays_on_its_side(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions)
    await build(sessions, root)
    held = await held_out(sessions)
    stem = "完全换了一种说法的问题究竟是谁提的"
    async with sessions.begin() as session:
        await session.execute(
            update(Question)
            .where(Question.id == held.id)
            .values(stem=stem, stem_hash=stem_hash(stem), fingerprint=fingerprint(stem, []))
        )
    await build(sessions, root)
    assert [line["stem"] for line in lines(root / "v0002", "former.jsonl")] == [held.stem]
    assert stem in [line["stem"] for line in lines(root / "v0002", "holdout.jsonl")]
    assert not (await build(sessions, root)).fresh


async def test_a_deleted_held_out_question_is_remembered(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions)
    await build(sessions, root)
    held = await held_out(sessions)
    async with sessions.begin() as session:
        await session.execute(delete(Question).where(Question.id == held.id))
    await build(sessions, root)
    async with sessions.begin() as session:
        session.add(rows.question(900, "请问" + held.stem, "另一个人"))
    await build(sessions, root)
    assert "请问" + held.stem in [line["stem"] for line in lines(root / "v0003", "holdout.jsonl")]
    assert [line["stem"] for line in lines(root / "v0003", "former.jsonl")] == [held.stem]


async def test_what_resembles_both_sides_is_left_out(sessions: Sessions, root: Path) -> None:
    one = "清朝乾隆年间主持编纂大型丛书四库全书的总纂官之一姓纪者是"
    other = "明朝乾隆年间主持编纂大型丛书四库总目的总纂官之一姓纪者为"
    between = "清朝乾隆年间主持编纂大型丛书四库总目的总纂官之一姓纪者是"
    async with sessions.begin() as session:
        session.add_all([rows.question(1, one, "甲"), rows.question(2, other, "乙")])
        await splits.record(session, [(fingerprint(one, []), "train", fingerprint(one, []))])
        await splits.record(session, [(fingerprint(other, []), "holdout", fingerprint(other, []))])
        session.add(rows.question(3, between, "丙"))
    built = await build(sessions, root)
    assert built.manifest["left_out"] == {"与训练、留出两边的题都相近": 1}
    async with sessions() as session:
        place = await splits.place_of(session, fingerprint(between, []))
        assert place is not None
        assert place[1] == "neither"


async def test_a_correction_is_trained_on_and_registered_once_and_asked_at_the_gate(
    sessions: Sessions, root: Path
) -> None:
    await rows.fill(sessions)
    await build(sessions, root / "first")
    held = await held_out(sessions)
    row = rows.question(901, "某位从未出现过的新人物所写的奇书叫", "《奇书》")
    async with sessions.begin() as session:
        session.add(row)
    await rows.decide(sessions, 1, row)
    await rows.decide(sessions, 2, held)
    built = await build(sessions, root / "first", DatasetSettings(holdout_percent=50))
    assert sum(turn["input"] == row.stem for turn in turns(root / "first" / "v0002")) >= 1
    assert built.manifest["corrections"]["used"] == 2
    assert built.manifest["corrections"]["rounds"] == {"r1": 1, "没有轮次（题库或未经本项目训练的模型）": 1}
    # A held-out question that was corrected is still not trained on, though asked at the gate.
    assert not any(turn["input"] == held.stem for turn in turns(root / "first" / "v0002"))
    assert {line["stem"] for line in lines(root / "first" / "v0002", "gate.jsonl")} == {row.stem, held.stem}
    async with sessions() as session:
        assert sorted(await session.scalars(select(DatasetCorrection.correction_id))) == [10, 11]


async def test_a_withdrawn_correction_takes_its_question_out(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions, count=30)
    row = rows.many(1, 1)[0]
    await rows.decide(sessions, 1, row, corrections="withdrawn")
    built = await build(sessions, root, DatasetSettings(holdout_percent=0))
    assert built.manifest["left_out"] == {"提出纠错的人都撤回了": 1}
    assert not any(row.stem in turn["input"] for turn in turns(root / "v0001"))
    async with sessions.begin() as session:
        await session.execute(update(Correction).where(Correction.id == 10).values(status="accepted"))
    built = await build(sessions, root, DatasetSettings(holdout_percent=0))
    assert built.manifest["left_out"] == {}
    assert built.manifest["corrections"]["used"] == 1


async def test_an_unanswerable_question_becomes_a_refusal(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions, count=30)
    row = rows.many(1, 1)[0]
    await rows.decide(sessions, 1, row, verdict="unanswerable")
    built = await build(sessions, root, DatasetSettings(holdout_percent=0))
    said = [turn["output"] for turn in turns(root / "v0001") if turn["input"] == row.stem]
    assert said == [UNSURE]
    assert built.manifest["left_out"] == {"审核人认定没有公认答案": 1}
    assert built.manifest["corrections"]["used"] == 2
    assert lines(root / "v0001", "gate.jsonl")[0]["accepted"] == [UNSURE]
    assert not (await build(sessions, root, DatasetSettings(holdout_percent=0))).fresh


async def test_an_unanswerable_question_that_was_held_out_is_only_asked(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions)
    await build(sessions, root)
    held = await held_out(sessions)
    await rows.decide(sessions, 1, held, verdict="unanswerable")
    await build(sessions, root)
    assert not any(held.stem in turn["input"] for turn in turns(root / "v0002"))
    assert held.stem in [line["input"] for line in lines(root / "v0002", "refusals.jsonl")]


async def test_what_is_expired_disputed_or_unanswered_is_left_out(sessions: Sessions, root: Path) -> None:
    async with sessions.begin() as session:
        session.add_all(rows.many(1, 10))
        session.add(rows.question(90, "现任某某国家的总统叫什么名字", "某人", valid_until=date(2026, 3, 31)))
        session.add(rows.question(91, "某个有争议的历史事件发生在哪年", "某年", status="disputed"))
        session.add(rows.question(92, "某个没人答过的问题究竟怎么回答", "", status="unanswered"))
    built = await build(sessions, root)
    assert built.manifest["left_out"] == {"已过期": 1, "答案有争议": 1, "还没有答案": 1}
    assert (await build(sessions, root, day=date(2026, 3, 31))).manifest["left_out"] == {
        "答案有争议": 1,
        "还没有答案": 1,
    }


async def test_what_is_often_wrong_stands_oftener_but_not_without_end(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions, count=30)
    config = DatasetSettings(holdout_percent=0, option_orders=1)
    for cap, expected in ((20, 4), (3, 3), (1, 1)):
        await build(sessions, root / str(cap), config.model_copy(update={"weight_cap": cap}))
        async with sessions.begin() as session:
            for table in ("dataset_version", "split_place"):
                await session.execute(delete(Question.metadata.tables[table]))
        counts = Counter((turn["input"], turn["output"]) for turn in turns(root / str(cap) / "v0001"))
        stem = rows.many(4, 1)[0].stem
        assert {count for (text, _), count in counts.items() if text == stem} == {expected}
        assert sum(count > 1 for count in counts.values()) == (
            0 if expected == 1 else sum(t == stem or t == stem + "谁?" for t, _ in counts)
        )


async def test_other_wordings_and_paraphrases_are_trained_on(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions, count=30)
    await build(sessions, root, DatasetSettings(holdout_percent=0))
    inputs = {turn["input"] for turn in turns(root / "v0001")}
    assert {"谁写下了开头那本怪书", "请问记载此事的人"} <= inputs


async def test_a_share_of_the_bank_is_drawn_beside_all_that_was_corrected_or_wrong(
    sessions: Sessions, root: Path
) -> None:
    await rows.fill(sessions)
    await rows.decide(sessions, 1, rows.many(1, 1)[0])
    config = DatasetSettings(holdout_percent=5)
    whole = await build(sessions, root / "all", config)
    kept = {
        entry["fingerprint"] for entry in lines(root / "all" / "v0001", "index.jsonl") if entry.get("weight", 0) > 1
    }
    assert kept
    sizes = {}
    for percent in (0, 40, 100):
        async with sessions.begin() as session:
            await session.execute(delete(Question.metadata.tables["dataset_version"]))
        built = await build(sessions, root / str(percent), config.model_copy(update={"bank_percent": percent}))
        entries = lines(root / str(percent) / "v0001", "index.jsonl")
        learnt = {entry["fingerprint"] for entry in entries if "weight" in entry}
        sizes[percent] = learnt
        assert kept <= learnt
        left = built.manifest["left_out"].get("这一版没有抽到（bank_percent）", 0)
        assert built.manifest["questions"]["train"]["total"] + left == whole.manifest["questions"]["train"]["total"]
        assert built.manifest["questions"]["holdout"] == whole.manifest["questions"]["holdout"]
    assert sizes[0] < sizes[40] < sizes[100]


async def test_an_empty_bank_makes_no_version(sessions: Sessions, root: Path) -> None:
    with pytest.raises(NothingToTrain):
        await build(sessions, root)
    assert [path.name for path in root.iterdir()] == [".lock"]


async def test_the_newest_version_must_be_here(sessions: Sessions, root: Path, tmp_path: Path) -> None:
    await rows.fill(sessions, count=30)
    await build(sessions, root)
    with pytest.raises(UnknownVersion, match="v0001"):
        await build(sessions, tmp_path / "elsewhere")


async def test_one_build_at_a_time(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions, count=30)
    with folders.building(root), pytest.raises(BuildUnderWay):
        await build(sessions, root)
    assert (await build(sessions, root)).fresh


async def test_a_folder_that_nobody_registered_is_set_aside(sessions: Sessions, root: Path) -> None:
    await rows.fill(sessions, count=30)
    (root / "v0001").mkdir(parents=True)
    (root / "v0001" / "train.jsonl").write_text("what a killed build left", encoding="utf-8")
    built = await build(sessions, root)
    assert built.set_aside == root / "v0001.unregistered-1"
    assert (built.set_aside / "train.jsonl").exists()
    assert (built.name, built.fresh) == ("v0001", True)


async def test_who_registers_second_gives_way(sessions: Sessions, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines with folders of their own and one database."""
    if sessions.kw["bind"].dialect.name == "sqlite":
        pytest.skip("SQLite serves one machine")
    await rows.fill(sessions, count=30)
    register = datasets.register

    async def register_meanwhile(*args: object, **more: object) -> None:
        monkeypatch.undo()
        assert (await build(sessions, root / "other")).fresh
        await register(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(building.datasets, "register", register_meanwhile)
    with pytest.raises(BuildUnderWay):
        await build(sessions, root / "mine")
    assert not (root / "mine" / "v0001").exists()
