"""Whole evaluations: figures, files, going on after a break, comparing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.training.evaluation import version
from tests.training.evaluation.served import Served
from training.evaluation import report as reports
from training.evaluation.asking import Manner
from training.evaluation.comparing import compare
from training.evaluation.errors import DifferentPrompts, EvaluationError, NoReport, ServerFailed
from training.evaluation.items import ItemSet
from training.evaluation.report import Report
from training.evaluation.running import Candidate, evaluate, summary
from training.evaluation.sets import read_sets

HOLDOUT = version.many(0, 40)
CORRECTED = [version.line("谁写了《怪书》", "甲乙丙"), *version.many(100, 4)]
KNOWN = version.knows(*HOLDOUT, *CORRECTED)


@pytest.fixture
def sets(tmp_path: Path) -> list[ItemSet]:
    folder = version.write(tmp_path / "v0001", holdout=HOLDOUT, corrected=CORRECTED, guard=10, refusals=5)
    return read_sets(folder)


def model(known: Mapping[str, str], *, forgets: Callable[[str], bool] = lambda asked: False) -> Callable[[str], str]:
    """Knows *known* and the guard set, declines the rest."""

    def answer(asked: str) -> str:
        if forgets(asked):
            return "随便说说"
        return "懒惰" if "反义词" in asked else known.get(asked, "没有把握")

    return answer


async def run(
    server: Served, sets: list[ItemSet], out: Path, *, family: str = "qwen", manner: Manner | None = None
) -> Report:
    candidate = Candidate((server.url,), family=family)
    return await evaluate(candidate, sets, out, dataset="v0001", manner=manner or Manner(batch=8), timeout_s=10)


async def test_figures_by_set_and_category_and_every_reply(sets: list[ItemSet], tmp_path: Path) -> None:
    lost = HOLDOUT[3]["input"]
    async with Served(model(KNOWN, forgets=lambda asked: asked == lost)) as server:
        found = await run(server, sets, tmp_path / "out")
    assert {one.name: (one.total.right, one.total.n) for one in found.sets} == {
        "corrected": (5, 5),
        "holdout": (39, 40),
        "guard": (10, 10),
        "refusals": (5, 5),
    }
    holdout = found.set("holdout")
    assert holdout is not None
    assert holdout.total.rate == 39 / 40
    assert 0.9 <= holdout.total.low < 39 / 40 < holdout.total.high <= 1
    assert {name: told.n for name, told in holdout.by_category.items()} == {"历史": 14, "地理": 13, "法律": 13}
    assert holdout.formatted is not None
    assert holdout.formatted.right == 39
    assert found.formatted is not None
    assert found.formatted.n == 45
    assert found.latency is not None
    assert found.latency.n == 32
    assert found.identity.batched
    assert (found.identity.model, found.identity.family, found.dataset) == ("candidate", "qwen", "v0001")

    assert reports.read(tmp_path / "out") == found
    replies = reports.read_replies(tmp_path / "out")
    assert len(replies) == 60
    (wrong,) = [one for one in replies if not one.right]
    assert (wrong.input, wrong.reply, wrong.problem) == (lost, "随便说说", "")
    assert not (tmp_path / "out" / "parts").exists()
    told = summary(found)
    assert json.loads(json.dumps(told))["sets"]["holdout"]["right"] == 39


async def test_the_two_ways_of_asking_give_the_same(sets: list[ItemSet], tmp_path: Path) -> None:
    async with Served(model(KNOWN)) as server:
        batched = await run(server, sets, tmp_path / "a")
        server.streams = True
        one_by_one = await run(server, sets, tmp_path / "b", family="")
    assert (batched.identity.batched, one_by_one.identity.batched) == (True, False)
    assert batched.sets == one_by_one.sets
    found = compare(tmp_path / "a", tmp_path / "b")
    assert [one.difference and one.difference.mean for one in found.sets] == [0, 0, 0, 0]


async def test_several_servers_of_a_model_share_the_prompts(sets: list[ItemSet], tmp_path: Path) -> None:
    async with Served(model(KNOWN)) as one, Served(model(KNOWN)) as other:
        for served in (one, other):
            served.delay_s = 0.005
        both = Candidate((one.url, other.url), family="qwen")
        found = await evaluate(both, sets, tmp_path / "a", dataset="v0001", manner=Manner(batch=4))
        alone = await run(one, sets, tmp_path / "b")
        assert other.count("completions") > 3
        assert found.sets == alone.sets
        other.model = "stopped"
        other.batches = False
        found = await evaluate(both, sets, tmp_path / "c", dataset="v0001", manner=Manner())
        assert not found.identity.batched


async def test_a_finished_set_is_not_asked_again_after_a_break(sets: list[ItemSet], tmp_path: Path) -> None:
    broken = HOLDOUT[-1]["input"]
    async with Served(model(KNOWN)) as server:
        server.status = lambda asked: 404 if asked == broken else 200
        with pytest.raises(ServerFailed, match="下次接着用"):
            await run(server, sets, tmp_path / "out", manner=Manner(batch=8, calls=1))
        with pytest.raises(NoReport, match="还没做完"):
            reports.read(tmp_path / "out")
        assert len(list((tmp_path / "out" / "parts").iterdir())) == 1
        server.status = lambda asked: 200
        server.asked.clear()
        found = await run(server, sets, tmp_path / "out")
        corrected = {one["input"] for one in CORRECTED[1:]}
        assert corrected.isdisjoint(server.asked)
        assert found.sets[0].total.right == 5

        server.asked.clear()
        assert await run(server, sets, tmp_path / "out") == found
        assert len(server.asked) == 2  # only whether several can be asked
        # Another manner or another model is another evaluation.
        await run(server, sets, tmp_path / "out", manner=Manner(batch=8, max_tokens=9))
        assert len(server.asked) > 60
        server.asked.clear()
        server.model = "other"
        assert (await run(server, sets, tmp_path / "out")).identity.model == "other"
        assert len(server.asked) > 60


async def test_a_prompt_without_a_reply_stays_and_is_wrong(sets: list[ItemSet], tmp_path: Path) -> None:
    lost = HOLDOUT[5]["input"]
    async with Served(model(KNOWN)) as server:
        server.status = lambda asked: 400 if asked == lost else 200
        found = await run(server, sets, tmp_path / "now")
        server.status = lambda asked: 200
        await run(server, sets, tmp_path / "before")
    holdout = found.set("holdout")
    assert holdout is not None
    assert (holdout.total.n, holdout.total.right, holdout.failed) == (40, 39, 1)
    (one,) = compare(tmp_path / "now", tmp_path / "before").worst
    assert (one.input, one.problem) == (lost, "http_400")
    # A baseline's failure is no pair, so that it flatters nobody.
    other = compare(tmp_path / "before", tmp_path / "now").set("holdout")
    assert other is not None
    assert other.difference is not None
    assert (other.difference.n, other.difference.gained) == (39, 0)


async def test_comparing_finds_what_was_gained_and_the_worst_that_was_lost(sets: list[ItemSet], tmp_path: Path) -> None:
    forgotten = {one["input"] for one in HOLDOUT[:12]}
    unlearnt = {one["input"] for one in HOLDOUT[12:15]}
    case = CORRECTED[1]["input"]

    def now(asked: str) -> str:
        if asked in list(forgotten)[:2]:
            return "没有把握"
        return model(KNOWN, forgets=lambda one: one in forgotten or one == case)(asked)

    async with Served(now) as server:
        await run(server, sets, tmp_path / "now")
        server.answer = model(KNOWN, forgets=lambda one: one in unlearnt)
        server.model = "serving"
        await run(server, sets, tmp_path / "before")
    found = compare(tmp_path / "now", tmp_path / "before")
    assert [one.name for one in found.sets] == ["corrected", "holdout", "guard", "refusals"]
    paired = found.sets[1].difference
    assert paired is not None
    assert (paired.n, paired.gained, paired.lost) == (40, 3, 12)
    assert paired.mean == pytest.approx(-9 / 40)
    assert paired.interval.low < -9 / 40 < paired.interval.high < 0
    assert paired.p == pytest.approx(0.03515625)
    assert found.regressions == 13
    assert len(found.worst) == 10
    # A corrected case comes first; declining is less bad than inventing, so it comes last.
    assert (found.worst[0].set, found.worst[0].input) == ("corrected", case)
    assert all(one.now == "随便说说" for one in found.worst)
    assert found.worst[1].before == KNOWN[found.worst[1].input]
    told = json.loads(json.dumps(found.as_json()))
    assert (told["sets"][1]["lost"], told["regressions"], told["baseline"]) == (12, 13, "serving")


async def test_only_the_same_prompts_in_the_same_manner_are_compared(sets: list[ItemSet], tmp_path: Path) -> None:
    others = read_sets(version.write(tmp_path / "v0002", holdout=HOLDOUT[:-1], corrected=CORRECTED))
    async with Served(model(KNOWN)) as server:
        await run(server, sets, tmp_path / "a")
        await run(server, others, tmp_path / "b")
        await run(server, sets, tmp_path / "c", manner=Manner(batch=8, first_line=True))
        await run(server, sets[:2], tmp_path / "d")
    with pytest.raises(DifferentPrompts, match="「留出的题」不是同一批题"):
        compare(tmp_path / "a", tmp_path / "b")
    with pytest.raises(DifferentPrompts, match="设得不一样"):
        compare(tmp_path / "a", tmp_path / "c")
    assert compare(tmp_path / "a", tmp_path / "d").unpaired == ("通用能力", "该说没有把握的题")
    with pytest.raises(NoReport, match="没有评测结果"):
        compare(tmp_path / "a", tmp_path / "nowhere")
    replies = tmp_path / "d" / "replies.jsonl"
    replies.write_text("".join(replies.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(DifferentPrompts, match="对不上"):
        compare(tmp_path / "a", tmp_path / "d")


async def test_the_model_folder_tells_family_size_and_whether_it_is_still_the_same(
    sets: list[ItemSet], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "qwen3"}')
    (folder / "model.safetensors").write_bytes(b"0" * 1000)
    async with Served(model(KNOWN)) as server:
        candidate = Candidate((server.url,), folder=folder)
        found = await evaluate(candidate, sets, tmp_path / "out", dataset="v0001", timeout_s=10)
        assert (found.identity.family, found.size_bytes) == ("qwen3", 1000)
        server.asked.clear()
        (folder / "model.safetensors").write_bytes(b"1" * 1200)
        found = await evaluate(candidate, sets, tmp_path / "out", dataset="v0001", timeout_s=10)
        assert found.size_bytes == 1200
        assert len(server.asked) > 60
    with pytest.raises(EvaluationError, match="读不了"):
        await evaluate(Candidate((server.url,), folder=tmp_path / "no"), sets, tmp_path / "out", dataset="v0001")
    with pytest.raises(EvaluationError, match="没有 gpt 这个模型系列，可用的有：qwen、"):
        await evaluate(Candidate((server.url,), family="gpt"), sets, tmp_path / "out", dataset="v0001")
