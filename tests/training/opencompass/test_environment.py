from __future__ import annotations

from pathlib import Path

import pytest

from training.opencompass import environment
from training.opencompass.errors import NotReady
from training.opencompass.settings import OpencompassSettings


def test_its_requirements_are_pinned_by_hash_and_name_no_index(tmp_path: Path):
    text = environment.evaluation(tmp_path).requirements.read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(pins) > 100
    assert all("==" in line and line.endswith("\\") for line in pins)
    assert text.count("--hash=sha256:") > len(pins)
    assert "://" not in text
    assert "--index" not in text
    for pin in ("opencompass==0.5.4", "numpy==1.26.4", "pyarrow==20.0.0", "transformers==4.57.6"):
        assert any(line.startswith(f"{pin} ") for line in pins)


def test_the_python_is_the_one_named_or_that_of_a_complete_environment(tmp_path: Path):
    with pytest.raises(NotReady, match="gongkao env create evaluation"):
        environment.python(tmp_path, OpencompassSettings())
    with pytest.raises(NotReady, match="找不到"):
        environment.python(tmp_path, OpencompassSettings(python=tmp_path / "python"))
    (tmp_path / "python").touch()
    assert environment.python(tmp_path, OpencompassSettings(python=Path("python"))) == tmp_path / "python"
