"""Who has the GPU: a model server lends it to a training and takes it again afterwards.

Two files are locked with ``flock``: one by whoever wants to train, one by every
server that runs. The kernel lets go of them with their process, however it
ends, so that nobody waits for the dead.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO

PLACE = Path("data/gpu")
"""Of the two files, relative to bot.toml."""
_POLL_S = 0.5


class Taken(Exception):
    """The GPU is somebody else's at present."""


class GpuTurn:
    """One machine's; server and training find each other by the *folder*."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._wanted = folder / "training.lock"
        self._served = folder / "serving.lock"

    def wanted(self) -> bool:
        """Whether a training has the GPU or waits for it."""
        try:
            with _locked(self._wanted, fcntl.LOCK_SH):
                return False
        except Taken:
            return True

    @contextmanager
    def serving(self) -> Generator[IO[bytes]]:
        """For as long as a server uses the GPU; a child that inherits the file holds it for its own life.

        Raises:
            Taken: a training has it.
        """
        if self.wanted():
            raise Taken
        with _locked(self._served, fcntl.LOCK_SH) as file:
            yield file

    @asynccontextmanager
    async def training(self, *, limit_s: float, stop: asyncio.Event) -> AsyncGenerator[None]:
        """Have every server let go, and keep the GPU until the block ends.

        Raises:
            Taken: another training has it, a server did not let go within *limit_s*, or *stop* was set.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + limit_s
        with ExitStack() as held:
            # In this order: first no server starts any more, then the running ones end.
            for file in (self._wanted, self._served):
                while not _taken(held, file):
                    if stop.is_set() or clock() > deadline:
                        raise Taken
                    await asyncio.sleep(_POLL_S)
            yield


def _taken(held: ExitStack, file: Path) -> bool:
    try:
        held.enter_context(_locked(file, fcntl.LOCK_EX))
    except Taken:
        return False
    return True


@contextmanager
def _locked(path: Path, how: int) -> Generator[IO[bytes]]:
    with path.open("ab") as file:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Taken from error
        yield file
