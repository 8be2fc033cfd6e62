"""Which model is served: links beside the rounds that change at one stroke."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Literal

Name = Literal["current", "candidate", "previous"]


class Aliases:
    """``current`` is what is served, ``previous`` what was before it, ``candidate`` what the gate let pass last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, name: Name) -> Path | None:
        """The model folder that the alias names; ``None`` when it names none or one that is gone."""
        link = self._folder / name
        target = link.resolve()
        return target if link.is_symlink() and target.is_dir() else None

    def link(self, name: Name) -> Path:
        """The alias itself, to be given to a server."""
        return self._folder / name

    def nominate(self, model: Path) -> None:
        """Let *model* be the candidate."""
        self._point("candidate", model)

    def promote(self, model: Path) -> None:
        """Let *model* be current, and what was current be previous.

        A crash in between leaves previous and current alike, which harms nobody.
        """
        before = self.of("current")
        if before is not None and before != model.resolve():
            self._point("previous", before)
        self._point("current", model)

    def roll_back(self) -> Path | None:
        """Exchange current and previous; the model that is current now, ``None`` when there is no previous one."""
        previous = self.of("previous")
        if previous is not None:
            self.promote(previous)
        return previous

    def names(self, model: Path) -> list[str]:
        """The aliases that name *model*: such a folder must not be deleted."""
        known: tuple[Name, ...] = ("current", "candidate", "previous")
        return [name for name in known if self.of(name) == model.resolve()]

    def _point(self, name: Name, model: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{name}-{secrets.token_hex(4)}"
        draft.symlink_to(model.resolve(), target_is_directory=True)
        draft.replace(self._folder / name)
