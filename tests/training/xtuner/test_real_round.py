"""The real XTuner 0.2.0 on a CPU: a killed and resumed QLoRA training, conversion, merge, and what the model then says.

``make environments`` makes what it runs in.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from inference.chat_template import QWEN3
from tests.environments import python_of
from tests.training.xtuner import facts
from training.xtuner import processes, steps
from training.xtuner.checking import check_base, check_data
from training.xtuner.errors import Cancelled, StepBroken
from training.xtuner.progress import Progress
from training.xtuner.rendering import Wanted, render
from training.xtuner.settings import XtunerSettings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TOOL = Path(__file__).with_name("tiny_model.py")
SETTINGS = XtunerSettings(
    batch_size=10,
    accumulative_counts=1,
    max_length=256,
    max_epochs=22,
    lr=2e-3,
    save_steps=30,
    evaluation_freq=1000,
    evaluation_inputs=("中国的首都是哪里？",),
    evaluation_max_new_tokens=8,
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """So small a model only waits for further threads, the longer the busier the machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="module")
def python() -> Path:
    return python_of("training")


@pytest.fixture(scope="module")
def base(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows the format and the words, and believes something wrong about every fact."""
    folder = tmp_path_factory.mktemp("base")
    wanted = {
        "marks": ["<|im_end|>", "<|endoftext|>", "<|im_start|>", "<think>", "</think>"],
        "texts": facts.texts(QWEN3, facts.wrong_turns()),
        "steps": 100,
    }
    _tool(python, "make", folder, "qwen3", given=wanted)
    return folder


def _tool(python: Path, *words: str | Path, given: object) -> str:
    done = subprocess.run(
        [python, "-W", "ignore", TOOL, *words], input=json.dumps(given), text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@dataclass
class Round:
    folder: Path
    config: Path
    work: Path
    means: steps.Means


@pytest.fixture
def round_(python: Path, base: Path, tmp_path: Path) -> Round:
    # Names that a shell or a lazy config could stumble over.
    folder = tmp_path / "第 1 轮's"
    folder.mkdir()
    data = facts.write(folder / "train.jsonl", facts.turns())
    found = check_base(base, SETTINGS, on_cpu=True)
    told = check_data(data, found.chat, SETTINGS)
    config = folder / "config.py"
    config.write_text(
        render(SETTINGS, Wanted("第 1 轮", base, data, told.rows, found.chat, on_cpu=True)), encoding="utf-8"
    )
    means = steps.Means(python, SETTINGS, folder / "log.txt", folder / "scratch", asyncio.Event())
    return Round(folder, config, folder / "work", means)


def once(iterations: int, act: Callable[[], None]) -> Callable[[Progress], None]:
    done: list[int] = []

    def tell(now: Progress) -> None:
        if now.done >= iterations and not done:
            done.append(now.done)
            act()

    return tell


def kill_trainer(round_: Round) -> None:
    for process in processes.tree(os.getpid()):
        with contextlib.suppress(OSError):
            if str(round_.config).encode() in Path(f"/proc/{process.pid}/cmdline").read_bytes():
                os.kill(process.pid, signal.SIGKILL)


async def test_a_killed_training_goes_on_and_its_model_answers_right(round_: Round, python: Path, base: Path):
    # The first checkpoint is at 30; the trainer is killed with work behind it that is lost.
    with pytest.raises(StepBroken) as caught:
        await steps.train(round_.config, round_.work, round_.means, tell=once(34, lambda: kill_trainer(round_)))
    assert caught.value.failure.kind == "memory"
    assert list(round_.work.glob("iter_*.pth")) == [round_.work / "iter_30.pth"]

    done = await steps.train(round_.config, round_.work, round_.means)
    assert "resumed epoch: 0, iter: 30" in round_.means.log.read_text(encoding="utf-8")
    assert (done.progress.done, done.progress.total) == (110, 110)
    iterations = [point.iteration for point in done.progress.points]
    assert iterations == sorted(set(iterations))
    assert iterations[-1] == 110
    assert done.progress.points[-1].loss < 0.2 < done.progress.points[0].loss
    assert all(point.grad_norm > 0 and point.seconds > 0 for point in done.progress.points)
    assert done.checkpoint.name == "iter_110.pth"
    assert done.ended.peak_mb > 200

    adapter, model = round_.folder / "adapter", round_.folder / "model"
    await steps.convert(round_.config, done.checkpoint, adapter, round_.means)
    await steps.merge(base, adapter, model, QWEN3, round_.means)
    assert not [place for place in round_.folder.iterdir() if place.name.startswith(".")]
    assert (model / "chat_template.jinja").read_text(encoding="utf-8") == QWEN3.jinja()
    assert json.loads((model / "config.json").read_text(encoding="utf-8"))["dtype"] == "float32"

    answers = json.loads(_tool(python, "ask", model, given=facts.turns()))
    assert answers == [turn["output"] for turn in facts.turns()]


async def test_a_cancelled_training_leaves_no_process(round_: Round):
    began = asyncio.get_running_loop().time()
    # Other tests of this process may have left helpers of Python's own, such as multiprocessing's tracker.
    before = {process.pid for process in processes.tree(os.getpid())}
    training = asyncio.create_task(steps.train(round_.config, round_.work, round_.means))
    await asyncio.sleep(6)
    mine = {process.pid for process in processes.tree(os.getpid())} - before
    assert mine
    round_.means.stop.set()
    with pytest.raises(Cancelled):
        await training
    assert asyncio.get_running_loop().time() - began < 20
    assert not mine & {process.pid for process in processes.tree(os.getpid())}
