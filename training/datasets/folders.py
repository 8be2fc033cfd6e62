"""The folder of the training sets: one folder a version, complete or not there at all.

A build writes in ``.building``, renames that to its version and then registers
the version. Killed before the renaming it leaves ``.building``, which the next
build clears; killed after it, a version that nobody registered, which the next
build that needs the name sets aside. Nothing that was registered is touched.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from training.datasets.errors import BuildUnderWay

_BUILDING = ".building"
_LOCK = ".lock"
_NAME = re.compile(r"v(\d{4,})")
_AT_ONCE = 1 << 20


@contextmanager
def building(root: Path) -> Generator[Path]:
    """An empty folder to build in, for one process at a time; removed at the end unless it was renamed.

    Raises:
        BuildUnderWay: another process builds at the moment.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / _LOCK).open("w") as lock:
        try:
            # The system gives the lock back however the process ends.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BuildUnderWay(f"另一个进程正在 {root} 里构建训练集，等它做完再来。") from error
        folder = root / _BUILDING
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def next_name(registered: Iterable[str]) -> str:
    """``v0001``, ``v0002`` and so on."""
    numbers = [int(match[1]) for name in registered if (match := _NAME.fullmatch(name))]
    return f"v{max(numbers, default=0) + 1:04}"


def set_aside(root: Path, name: str) -> Path | None:
    """Rename a folder that has the name of a version which nobody registered; where it is now."""
    folder = root / name
    if not folder.exists():
        return None
    for number in range(1, 1000):
        aside = root / f"{name}.unregistered-{number}"
        if not aside.exists():
            folder.rename(aside)
            return aside
    raise BuildUnderWay(f"{root} 里没登记的 {name} 太多了，请先清理 {name}.unregistered-*。")


def publish(folder: Path, root: Path, name: str) -> Path:
    """Rename a finished *folder* to its version, after all of it is on the disk."""
    for file in sorted(folder.iterdir()):
        _sync(file)
    _sync(folder)
    final = root / name
    folder.rename(final)
    _sync(root)
    return final


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    summed = sha256()
    with path.open("rb") as file:
        while piece := file.read(_AT_ONCE):
            summed.update(piece)
    return summed.hexdigest()
