"""Files that appear whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path


class ExportFailed(Exception):
    """The export cannot be made; the message is one Chinese sentence naming what to change."""


@contextmanager
def drafts(places: Sequence[Path], *, force: bool) -> Generator[list[Path]]:
    """Files beside *places* to write to, moved there at the end, or deleted after an error.

    Raises:
        ExportFailed: a place is taken and *force* is not given, or cannot be written.
    """
    for place in places:
        if not place.parent.is_dir():
            raise ExportFailed(f"没有 {place.parent} 这个文件夹，请先建好")
        if place.is_dir():
            raise ExportFailed(f"{place} 是文件夹，请给一个文件名")
        if place.exists() and not force:
            raise ExportFailed(f"{place} 已经在了；要覆盖请加 --force")
    mark = secrets.token_hex(4)
    written = [place.with_name(f".{place.stem[:40]}-{mark}{place.suffix}") for place in places]
    try:
        yield written
        for draft, place in zip(written, places, strict=True):
            draft.replace(place)
    except OSError as error:
        raise ExportFailed(f"写不进 {places[0].parent}（{error.strerror or type(error).__name__}）") from error
    finally:
        for draft in written:
            draft.unlink(missing_ok=True)
