"""Plays the Python of the training environment: writes what XTuner would, or fails as the config's text says."""

from __future__ import annotations

import json
import sys
import time
import zipfile
from pathlib import Path


def train(config: str, work: Path) -> None:
    place = work / "20261126_130159"
    (place / "vis_data").mkdir(parents=True, exist_ok=True)
    for iteration in range(1, 41):
        loss = 1 / iteration
        if "go nan" in config and iteration > 5:
            loss = float("nan")
        if "go up" in config and iteration > 5:
            loss = 9.0
        told = {"iter": iteration, "step": iteration, "loss": loss, "lr": 1e-3, "grad_norm": 1.0, "time": 0.1}
        with (place / "vis_data" / "scalars.json").open("a") as file:
            file.write(json.dumps(told) + "\n")
        with (place / "20261126_130159.log").open("a") as file:
            file.write(f"Iter(train) [{iteration:>3}/40] lr: 1e-3 eta: 0:00:0{iteration % 10} loss: {loss}\n")
    if "go nan" in config or "go up" in config:
        # Stopped from outside, unless it is meant to come to its end like this.
        time.sleep(60 if "slowly" in config else 0)
    if "go out of memory" in config:
        sys.exit("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.32 GiB.")
    if "no checkpoint" not in config:
        save(work / "iter_40.pth")
        (work / "last_checkpoint").write_text(str(work / "iter_40.pth"))


def save(place: Path) -> None:
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("data", "x")


def convert(config: str, target: Path) -> None:
    target.mkdir()
    if "no weights" not in config:
        (target / "adapter_model.safetensors").write_bytes(b"weights")
        (target / "adapter_config.json").write_text("{}")
    if "fail late" in config:
        sys.exit("OSError: [Errno 28] No space left on device")


def merge(base: Path, target: Path) -> None:
    target.mkdir()
    (target / "config.json").write_text((base / "config.json").read_text())
    (target / "tokenizer_config.json").write_text("{}")
    if "half" not in base.name:
        (target / "model.safetensors").write_bytes(b"weights")


if __name__ == "__main__":
    _, _, module, *words = sys.argv
    match module:
        case "xtuner.tools.train":
            train(Path(words[0]).read_text(), Path(words[2]))
        case "gongkao_convert":
            convert(Path(words[0]).read_text(), Path(words[2]))
        case "gongkao_merge":
            merge(Path(words[1]), Path(words[3]))
        case _:
            sys.exit(f"No module named {module}")
