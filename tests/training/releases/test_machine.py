"""How a machine serves a model folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inference.serving.config import ServingConfig
from inference.serving.process import ServerProcess
from inference.serving.turns import PLACE, GpuTurn
from store.models import Release
from tests.training.releases.conftest import model, port_pair
from training.config import TrainingConfig
from training.releases import machine as machines
from training.releases.machine import Machine
from training.releases.places import Places

SHARE = "--cache-max-entry-count"


def machine(home: Path, python: Path, **settings: Any) -> Machine:
    return Machine(ServingConfig(port=port_pair(), **settings), python, home, None)


@pytest.mark.parametrize(("engine", "version"), [("turbomind", 5), ("transformers", 5), ("transformers", 4)])
def test_further_arguments_reach_every_engine(
    tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch, engine: str, version: int
):
    monkeypatch.setattr(machines, "_transformers_major", lambda _: version)
    found = machine(tmp_path, python, engine=engine, extra=("--trust-remote-code", "--foo"))
    command = found.launch(model(tmp_path / "m"), "m-r1", 1, "1", 0.5).command
    at = command.index("--trust-remote-code")
    assert command[at : at + 2] == ("--trust-remote-code", "--foo")
    assert command.count("--trust-remote-code") == 1


@pytest.mark.slow
@pytest.mark.parametrize(("configured", "share"), [(0, "0.36"), (0.5, "0.5")])
async def test_a_server_that_was_found_is_started_again_with_the_share_it_had(
    tmp_path: Path, python: Path, configured: float, share: str
):
    folder = model(tmp_path / "m")
    before = machine(tmp_path, python)
    row = Release(id=3, model=str(folder), name="m-r3", url=before.url(before.config.port))
    launch = before.launch(folder, row.name, before.config.port, "3", 0.36)
    started = await ServerProcess.start(launch, before.log(row.name))
    try:
        after = Machine(before.config.model_copy(update={"cache_share": configured}), python, tmp_path, None)
        places = Places(after, TrainingConfig().rounds)
        turn = GpuTurn(tmp_path / PLACE)
        served = places.found(row, after.running()[3], turn, lambda *_: None)
        command = served.launch.command
        await served.end()
        assert command[command.index(SHARE) + 1] == share
    finally:
        await started.end(0)
