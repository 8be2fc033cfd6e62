"""The environments that tests of the real XTuner and OpenCompass run in; ``make environments`` makes both."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def python_of(name: str) -> Path:
    """The interpreter of the environment *name*, in ``~/.cache/gongkao`` or where ``GONGKAO_<NAME>_ENV`` says.

    Without it, skip on a developer's machine; in CI that is a broken job, not a reason to test less.
    """
    folder = os.environ.get(f"GONGKAO_{name.upper()}_ENV") or Path.home() / ".cache" / "gongkao" / name
    found = Path(folder) / "bin" / "python"
    if not found.is_file():
        reason = f"no {name} environment in {folder}; run: make environments"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found
