"""Where a release's files are, what it is called, and in which words it is spoken of."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from inference.serving.process import ServerProcess
from inference.serving.server import Event
from inference.serving.turns import GpuTurn
from store.models import Challenger, Release
from training.evaluation.report import REPLIES
from training.releases.machine import CHALLENGER, Machine
from training.releases.served import Served
from training.rounds.aliases import Aliases
from training.rounds.folder import RoundFolder
from training.rounds.settings import RoundsSettings

_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_ALL = 1.0


class Places:
    def __init__(self, machine: Machine, settings: RoundsSettings) -> None:
        self._machine = machine
        self._rounds = (machine.home / settings.folder).resolve()
        self._aliases = Aliases((machine.home / settings.models).resolve())

    def model_of(self, row: Release | Challenger) -> Path:
        """The folder to serve; a round's is looked for here first, wherever the bot believes it to be."""
        if row.round_id is not None and (found := RoundFolder(self._rounds, row.round_id).served).is_dir():
            return found
        return Path(row.model)

    def replies_of(self, row: Release) -> Path | None:
        """What the round's evaluation got from this model; ``None`` when no round made it."""
        if row.round_id is None:
            return None
        return RoundFolder(self._rounds, row.round_id).evaluation / "candidate" / REPLIES

    def calibration_of(self, row: Release) -> dict[str, Any]:
        """What the confidences of the round's model mean; empty when no evaluation told."""
        if row.round_id is None:
            return {}
        try:
            return dict(json.loads(RoundFolder(self._rounds, row.round_id).calibration.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return {}

    def mark_of(self, row: Release | Challenger) -> str:
        """By which a process is known to be its server."""
        return f"{CHALLENGER}{row.id}" if isinstance(row, Challenger) else str(row.id)

    def name_of(self, row: Release | Challenger) -> str:
        """Of it alone: a request for another one is refused by its server."""
        kind = "" if isinstance(row, Challenger) else "r"
        what = f"round-{row.round_id}" if row.round_id is not None else _NO_NAME.sub("-", Path(row.model).name)
        return f"{what.strip('-.')[:64] or 'model'}-{kind}{self.mark_of(row)}"

    def point(self, model: Path) -> None:
        """Let *model* be what later rounds are compared with."""
        self._aliases.promote(model)

    def found(self, row: Release, process: ServerProcess, turn: GpuTurn, heard: Callable[[int, Event], None]) -> Served:
        """A server that runs already, watched again."""
        port = urlsplit(row.url).port or self._machine.config.port
        model = self.model_of(row)
        return Served(
            row.id,
            model,
            self._machine.launch(model, row.name, port, self.mark_of(row), self._machine.share_of(process)),
            self._machine.log(row.name),
            port,
            patience=self._machine.patience,
            turn=turn,
            found=process,
            tell=lambda event: heard(row.id, event),
        )

    def in_words(self, release: int, event: Event) -> str:
        """*event* for the person at the screen; empty when the exchange tells of it."""
        match event.kind:
            case "ready":
                return f"模型服务就绪，用了 {event.seconds:.0f} 秒。" if event.seconds > _ALL else "模型服务就绪。"
            case "ended" if event.exit_code == -signal.SIGKILL:
                return "模型服务被系统杀掉了，多半是内存不够。"
            case "ended":
                return f"模型服务退出了（退出码 {event.exit_code}）。"
            case "restarting":
                return f"{event.seconds:.0f} 秒后重新启动。"
            case "hung":
                return "模型服务连续没有响应，已停掉。"
            case "stalled":
                return "模型服务还在，但一直不出字，已停掉。"
            case "never_ready":
                return "模型服务迟迟没有就绪，已停掉。"
            case "paused":
                return "显卡让给训练了，练完会自己重新启动；这期间机器人用题库回答。"
            case _:
                return ""
