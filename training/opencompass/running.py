"""Running OpenCompass over a model: a process group of its own, judged by the files it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from training.evaluation.items import ItemSet
from training.opencompass import results
from training.opencompass.errors import Cancelled, MissingScores, NotReady, TookTooLong
from training.opencompass.failures import explain
from training.opencompass.parts import Part, partial, write_parts
from training.opencompass.rendering import MODEL, Local, Served, Subject, render
from training.opencompass.results import FILE, Verdict
from training.opencompass.settings import OpencompassSettings
from training.progress import Report, silent
from training.xtuner import running as child
from training.xtuner.commands import Command

PLUGINS = Path(__file__).parent / "plugins"
CONFIG = "config.py"
LOG = "opencompass.log"
_OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_EVALUATE_OFFLINE", "TRANSFORMERS_OFFLINE")
_LITTER = ("tmp", "icl_inference_output")
"""Folders that it makes where it runs and leaves empty."""


@dataclass(slots=True)
class _Watch:
    """Looks at what OpenCompass has written so far; called every second."""

    folder: Path
    parts: Sequence[Part]
    settings: OpencompassSettings
    earlier: frozenset[str]
    report: Report
    _began: float = field(default_factory=time.monotonic)
    _done: int = -1
    _moved: float = field(default_factory=time.monotonic)

    def look(self) -> str | None:
        """Tell how far it is; a reason to stop it, if there is one."""
        run = self.run()
        done = sum(map(self._answered, self.parts)) if run else 0
        total = sum(part.count for part in self.parts)
        now = time.monotonic()
        if done != self._done:
            self._done, self._moved = done, now
        self.report(
            "OpenCompass 评分" if done == total else "OpenCompass 答题" if done else "OpenCompass 启动", done, total
        )
        if now - self._began > self.settings.timeout_s:
            return "timeout"
        return "stalled" if now - self._moved > self.settings.stall_s else None

    def run(self) -> Path | None:
        """Its folder of this run, named after the time; ``None`` before it made one."""
        made = [place for place in self.folder.iterdir() if place.name not in self.earlier]
        return max((place for place in made if (place / "configs").is_dir()), default=None)

    def _answered(self, part: Part) -> int:
        place = self.folder / (self.run() or "") / "predictions" / MODEL
        if (place / f"{part.name}.json").is_file():
            return part.count
        try:
            with (place / f"tmp_{part.name}.jsonl").open("rb") as file:
                return sum(1 for _ in file)
        except OSError:
            return 0


async def referee(
    subject: Subject,
    sets: Sequence[ItemSet],
    folder: Path,
    *,
    python: Path,
    settings: OpencompassSettings,
    stop: asyncio.Event,
    limit: int = 0,
    api_key: SecretStr | None = None,
    report: Report = silent,
) -> Verdict:
    """Let OpenCompass of *python*'s environment ask and mark *sets*; everything is left in *folder*.

    *limit* is how many questions of each set at most, 0 for all.

    Raises:
        RefereeError: see :mod:`training.opencompass.errors`.
    """
    folder = _fresh(folder, python)
    parts = write_parts(sets, folder / "questions", limit=limit)
    command = command_of(python, folder, api_key)
    (folder / CONFIG).write_text(_config(subject, parts, settings, command), encoding="utf-8")
    watch = _Watch(folder, parts, settings, frozenset(place.name for place in folder.iterdir()), report)
    try:
        ended = await child.run(command, folder / LOG, cwd=folder, stop=stop, look=watch.look)
    except OSError as error:
        raise NotReady(f"启动不了 {python}：{error.strerror}。请检查评测环境。") from error
    _sweep(folder)
    _check_stopped(ended.stopped, settings)
    run = watch.run() or folder / "none"
    try:
        scores = results.read_scores(run, parts)
    except MissingScores as error:
        # Whatever its exit code was: 0 without scores is common.
        raise explain(error, ended.tail, folder / LOG, served=isinstance(subject, Served)) from error
    verdict = Verdict(
        subject=told(subject),
        run=run.name,
        seconds=round(ended.seconds, 1),
        sets=results.by_set(scores, parts),
        parts=scores,
        partial=partial(sets, parts),
    )
    (folder / FILE).write_text(verdict.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return verdict


def _fresh(folder: Path, python: Path) -> Path:
    """*folder*, there and without a verdict; earlier runs stay beside the new one."""
    if not python.exists():
        raise NotReady(f"找不到 {python}。重建评测环境：gongkao env create evaluation")
    folder = folder.expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in (FILE, LOG):
        (folder / name).unlink(missing_ok=True)
    return folder


def _sweep(folder: Path) -> None:
    for name in _LITTER:
        with contextlib.suppress(OSError):
            (folder / name).rmdir()


def _config(subject: Subject, parts: Sequence[Part], settings: OpencompassSettings, command: Command) -> str:
    by_hand = " ".join([f"PYTHONPATH={PLUGINS}", *(f"{name}=1" for name in _OFFLINE), *command.argv])
    return render(subject, parts, settings, title=told(subject), command=by_hand)


def command_of(python: Path, folder: Path, api_key: SecretStr | None = None) -> Command:
    """OpenCompass over the config in *folder*.

    ``--debug`` asks and marks in its own process, ten seconds a stage quicker, and writes into our log.
    """
    argv = (str(python), "-m", "opencompass.cli.main", str(folder / CONFIG), "-w", str(folder), "--debug")
    return Command(argv, environment(folder, api_key))


def environment(folder: Path, api_key: SecretStr | None = None) -> dict[str, str]:
    """What it needs to find our classes and to leave the network alone; caches go under *folder*."""
    direct = filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"))
    return {
        **dict.fromkeys(_OFFLINE, "1"),
        "PYTHONPATH": str(PLUGINS),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "HF_DATASETS_CACHE": str(folder / "cache"),
        "TOKENIZERS_PARALLELISM": "false",
        "NO_PROXY": ",".join(direct),
        # OpenAI's client refuses to start without one.
        "OPENAI_API_KEY": api_key.get_secret_value() if api_key else "none",
    }


def told(subject: Subject) -> str:
    """The model in one line."""
    return str(subject.folder) if isinstance(subject, Local) else f"{subject.base} {subject.model}"


def _check_stopped(why: str, settings: OpencompassSettings) -> None:
    match why:
        case "cancelled":
            raise Cancelled("OpenCompass 的评测取消了。")
        case "timeout":
            raise TookTooLong(
                f"OpenCompass 跑了 {settings.timeout_s:g} 秒还没完，停掉了。"
                "用 --limit 少评几题，或把 [training.opencompass] 的 timeout_s 调大。"
            )
        case "stalled":
            raise TookTooLong(
                f"OpenCompass {settings.stall_s:g} 秒没有答出一题，停掉了。看它的日志，"
                "或把 [training.opencompass] 的 stall_s 调大。"
            )
        case _:
            return
