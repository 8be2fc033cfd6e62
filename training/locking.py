"""One process at a time: a lock that the kernel lets go of with its holder, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(lock: Path, taken: Exception) -> Generator[None]:
    """Hold the file *lock*, with our process number in it.

    Raises:
        Exception: *taken*, when another process holds it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise taken from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
