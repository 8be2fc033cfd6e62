"""What is started for each step."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from training.xtuner import commands
from training.xtuner.settings import XtunerSettings

PYTHON, SCRATCH = Path("/env/bin/python"), Path("/s")


def train(work: Path, **more) -> list[str]:
    return list(commands.train(PYTHON, Path("/r/config.py"), work, XtunerSettings(**more), scratch=SCRATCH).argv)


def checkpoint(work: Path, number: int, *, whole: bool = True) -> Path:
    place = work / f"iter_{number}.pth"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("data", "x" * 100)
    if not whole:
        place.write_bytes(place.read_bytes()[:50])
    return place


def test_the_module_is_run_not_the_wrapper_that_hides_failures(tmp_path: Path):
    assert train(tmp_path) == [str(PYTHON), "-m", "xtuner.tools.train", "/r/config.py", "--work-dir", str(tmp_path)]


def test_several_gpus_of_a_machine(tmp_path: Path):
    argv = train(tmp_path, launcher="pytorch", gpus=4, deepspeed="deepspeed_zero2")
    assert argv[1:5] == ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=4"]
    assert argv[-4:] == ["--deepspeed", "deepspeed_zero2", "--launcher", "pytorch"]


def test_slurm(tmp_path: Path):
    argv = train(tmp_path, launcher="slurm", gpus=16, slurm_partition="gpu")
    assert argv[:6] == ["srun", "-p", "gpu", "--nodes=2", "--ntasks=16", "--ntasks-per-node=8"]
    assert argv[-2:] == ["--launcher", "slurm"]
    assert "--gres=gpu:2" in train(tmp_path, launcher="slurm", gpus=2)


def test_a_training_goes_on_from_its_last_whole_checkpoint(tmp_path: Path):
    assert commands.last_checkpoint(tmp_path) is None
    first = checkpoint(tmp_path, 90)
    second = checkpoint(tmp_path, 100)
    # Killed before the name was written.
    assert commands.last_checkpoint(tmp_path) == second
    # The name counts, also when the folder was moved.
    (tmp_path / "last_checkpoint").write_text("/elsewhere/work/iter_90.pth")
    assert commands.last_checkpoint(tmp_path) == first
    assert train(tmp_path)[-2:] == ["--resume", str(first)]
    # Named, but gone.
    first.unlink()
    assert commands.last_checkpoint(tmp_path) == second
    # Killed while it was written.
    checkpoint(tmp_path, 110, whole=False)
    assert commands.last_checkpoint(tmp_path) == second
    # DeepSpeed's are folders.
    (tmp_path / "iter_120.pth").mkdir()
    assert commands.last_checkpoint(tmp_path) == tmp_path / "iter_120.pth"


@pytest.mark.parametrize("text", ["", "\n", "\0", "."])
def test_a_damaged_name_of_the_last_checkpoint_is_passed_over(tmp_path: Path, text: str):
    (tmp_path / "last_checkpoint").write_text(text)
    assert commands.last_checkpoint(tmp_path) is None
    kept = checkpoint(tmp_path, 5)
    assert commands.last_checkpoint(tmp_path) == kept


def test_a_seed_of_its_own_only_at_the_beginning(tmp_path: Path):
    args = (PYTHON, Path("/c.py"), tmp_path, XtunerSettings())
    assert commands.train(*args, scratch=SCRATCH, seed=7).argv[-2:] == ("--seed", "7")
    checkpoint(tmp_path, 5)
    assert "--seed" not in commands.train(*args, scratch=SCRATCH, seed=7).argv


def test_results_are_safetensors_and_merged_as_precisely_as_wanted():
    convert = commands.convert(PYTHON, Path("/c.py"), Path("/w/iter_5.pth"), Path("/a"), scratch=SCRATCH)
    assert "--safe-serialization" in convert.argv
    settings = XtunerSettings(merge_dtype="bfloat16")
    merge = commands.merge(PYTHON, Path("/b"), Path("/a"), Path("/m"), settings, scratch=SCRATCH)
    assert merge.argv[1:7] == ("-m", "gongkao_merge", "bfloat16", "/b", "/a", "/m")
    assert "--safe-serialization" in merge.argv


def test_no_hub_and_our_own_modules():
    env = commands.environment(SCRATCH)
    assert env["HF_HUB_OFFLINE"] == env["TRANSFORMERS_OFFLINE"] == "1"
    assert env["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] == "1"
    compat = Path(env["PYTHONPATH"])
    for module in ("gongkao_xtuner_cpu", "gongkao_merge", "gongkao_convert", "gongkao_precision"):
        assert (compat / f"{module}.py").is_file()


def test_a_config_for_the_cpu_sees_no_gpu(tmp_path: Path):
    config = tmp_path / "config.py"
    args = (PYTHON, config, tmp_path, XtunerSettings())
    for text, hidden in (("from xtuner.model import SupervisedFinetune", False), ("import gongkao_xtuner_cpu", True)):
        config.write_text(text)
        assert (commands.train(*args, scratch=SCRATCH).env.get("CUDA_VISIBLE_DEVICES") == "") == hidden
