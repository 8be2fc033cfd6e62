"""The training package as a child process: its memory and its CPU are not the bot's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from loguru import logger

from bot.services.incoming import Incoming

Progress = Callable[[str, int, int | None], None]
_LONGEST_LINE = 4 * 1024 * 1024


def asked_by(incoming: Incoming, person: str = "") -> list[str]:
    """The options that say who asks for something, and in which chat its outcome is told.

    *person* is the account that a person with several is counted as, where such persons are counted.
    """
    group = ["--group", incoming.group_id] if incoming.group_id else []
    where = ["--account", incoming.account, "--member", incoming.speaker, *group]
    return ["--by", person or incoming.speaker, *where]


class JobFailed(Exception):
    """The job did not do what was asked; the message is Chinese and says why."""


class TrainingProcess:
    """Runs ``python -m training …``: bot and training share nothing but the database and the files."""

    def __init__(self, home: Path, config: Path | None) -> None:
        """*config* is the ``bot.toml`` in use, *home* its folder."""
        self._home = home
        self._config = config

    async def run(self, *arguments: str, progress: Progress | None = None) -> dict[str, Any]:
        """What the command gives as its result; *progress* hears how far it is.

        A cancelled caller ends the child.

        Raises:
            JobFailed: the command says so, or died.
        """
        child = await asyncio.create_subprocess_exec(
            *_gently(),
            sys.executable,
            "-m",
            "training",
            *arguments,
            "--json",
            cwd=self._home,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            start_new_session=True,
        )
        assert child.stdout is not None
        assert child.stderr is not None
        complaints = asyncio.create_task(child.stderr.read())
        last: dict[str, Any] = {}
        try:
            async for line in child.stdout:
                last = _parsed(line) or last
                if progress is not None and "stage" in last:
                    progress(str(last["stage"]), int(last["done"]), int(last["total"]) or None)
            code = await child.wait()
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGTERM)
                await child.wait()
            said = (await complaints).decode(errors="replace")
        if "error" in last:
            raise JobFailed(str(last["error"]))
        if code != 0 or "result" not in last:
            logger.error("training {} ended with {}: {}", " ".join(arguments), code, said[-2000:])
            raise JobFailed(f"没有做成，进程退出码 {code}，详情在日志里。")
        return cast("dict[str, Any]", last["result"])

    def _environment(self) -> dict[str, str]:
        chosen = {"GONGKAO_CONFIG": str(self._config)} if self._config else {}
        return {**os.environ, **chosen, "PYTHONUNBUFFERED": "1"}


def _gently() -> list[str]:
    """Answers come first: the child gets what CPU is left."""
    nice = shutil.which("nice")
    return [nice, "-n", "10"] if nice else []


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        value: Any = json.loads(line)
    except ValueError:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None
