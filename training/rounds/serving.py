"""A model folder served for as long as it is asked questions."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from inference.serving.engines import Serving
from inference.serving.gpu import free_memory_mib
from inference.serving.log import ServingLog
from inference.serving.server import Event, Patience, ServerGaveUp, ServerSupervisor
from inference.serving.sizing import BESIDE_WEIGHTS
from training.config import TrainingConfig
from training.rounds import tools
from training.rounds.errors import StepFailed


@asynccontextmanager
async def all_served(
    model: Path, name: str, config: TrainingConfig, *, home: Path, log: Path, scratch: Path, stop: asyncio.Event
) -> AsyncGenerator[tuple[str, ...]]:
    """As :func:`served`, by as many servers as the settings say and the GPU has room for; on a CPU by one."""
    turbo = tools.engine(config) == "turbomind"
    count = _fitting(model, config) if turbo else 1
    # Each would take most of the card for itself.
    extra = ("--cache-max-entry-count", f"{0.7 / count:.2f}") if turbo and count > 1 else ()
    async with AsyncExitStack() as stack:
        places = [log.with_name(f"{log.stem}-{number + 1}{log.suffix}") if number else log for number in range(count)]
        coming = [
            stack.enter_async_context(
                served(model, name, config, home=home, log=place, scratch=scratch, extra=extra, stop=stop)
            )
            for place in places
        ]
        # At once: most of a start is waiting. Every one is waited for, so that the stack ends them all.
        found = await asyncio.gather(*coming, return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException):
                raise one
        yield tuple(one for one in found if isinstance(one, str))


@asynccontextmanager
async def served(
    model: Path,
    name: str,
    config: TrainingConfig,
    *,
    home: Path,
    log: Path,
    scratch: Path,
    stop: asyncio.Event,
    extra: tuple[str, ...] = (),
) -> AsyncGenerator[str]:
    """The address of a server of *model*, which it calls *name*, until the block ends.

    Raises:
        StepFailed: it does not come up, or *stop* was set before it did.
    """
    launch = tools.launch(config, Serving(model, name, port=_free_port(), extra=extra), home, scratch)
    ready = asyncio.Event()

    def heard(event: Event) -> None:
        if event.kind == "ready":
            ready.set()

    log.parent.mkdir(parents=True, exist_ok=True)
    # An evaluation asks as much as the server takes: a request for one token waits in line.
    patience = Patience(
        start_limit_s=config.rounds.serve_limit_s, give_up_after=1, check_timeout_s=60, token_every_s=60, stall_s=600
    )
    written = ServingLog(log)
    supervisor = ServerSupervisor(launch, written, patience=patience, report=heard)
    running = asyncio.create_task(supervisor.run())
    try:
        waiting = {asyncio.create_task(event.wait()) for event in (ready, stop)}
        await asyncio.wait({*waiting, running}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if not ready.is_set():
            raise StepFailed(f"模型 {name} 起不来：{_reason(running)}。日志在 {log}。")
        yield launch.url
    finally:
        supervisor.stop()
        with contextlib.suppress(ServerGaveUp, OSError, asyncio.CancelledError):
            await running


def _fitting(model: Path, config: TrainingConfig) -> int:
    """How many servers of *model* the free memory of the GPU takes, one at least; as many as wanted when unknown."""
    wanted = config.rounds.servers
    free = free_memory_mib(int(config.rounds.device)) if not tools.on_cpu(config) else None
    weights = sum(file.stat().st_size for pattern in ("*.safetensors", "*.bin") for file in model.glob(pattern))
    if free is None or not weights:
        return wanted
    return max(1, min(wanted, int(free * 2**20 / (weights * BESIDE_WEIGHTS))))


def _reason(running: asyncio.Task[None]) -> str:
    error = running.exception() if running.done() and not running.cancelled() else None
    if isinstance(error, ServerGaveUp):
        return next((line for line in reversed(error.tail) if line.strip()), "没有输出")[:200]
    return str(error) if error else "没有等到它"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
