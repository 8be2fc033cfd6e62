"""``gongkao model check``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.inference.serving.model_folders import whole
from training.__main__ import app
from training.releases.machine import Machine

Check = Callable[..., str]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """What is said of a model of 7B where *free_mib* of a GPU are free; without them there is no GPU."""
    folder = whole(tmp_path / "model")
    monkeypatch.chdir(tmp_path)

    def run(*words: str, free_mib: int | None = None, code: int = 0) -> str:
        smi = tmp_path / "nvidia-smi"
        told = f'case "$*" in *memory.free*) echo {free_mib};; *) echo "NVIDIA H200, 143771 MiB";; esac'
        smi.write_text(f"#!/bin/sh\n{'exit 1' if free_mib is None else told}\n")
        smi.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        found = CliRunner().invoke(app, ["model", "check", str(folder), *words], env={"COLUMNS": "200"})
        assert found.exit_code == code, found.output + repr(found.exception)
        return found.output

    return run


def test_a_model_that_fits_is_told_of_with_its_memory(check: Check):
    lines = check(free_mib=24_000).splitlines()
    assert lines[:3] == [
        "模型：Qwen2ForCausalLM，没有量化，权重 14.2 GiB",
        "引擎：TurboMind",
        "对话格式：qwen",
    ]
    assert lines[3].startswith("显存至少要空出 ")
    assert lines[4].startswith("空闲的 23.4 GiB 显存：")
    assert lines[-1] == "可以起服务。"


def test_one_that_does_not_fit_is_refused_with_what_helps(check: Check):
    said = check(free_mib=12_000, code=2)
    assert "显存不够" in said
    assert "空着 11.7 GiB" in said
    assert "可以起服务" not in said


def test_a_folder_that_is_no_model_is_refused(check: Check, tmp_path: Path):
    (tmp_path / "model" / "tokenizer.json").unlink()
    assert "没有分词器" in check(free_mib=24_000, code=2)


def test_the_settings_of_serving_hold(check: Check, tmp_path: Path):
    (tmp_path / "bot.toml").write_text("[serving]\ntp = 3\n")
    assert "平分给 3 块" in check(free_mib=24_000, code=2)
    (tmp_path / "bot.toml").write_text("[serving]\ntpp = 3\n")
    assert "没有 tpp 这个键" in check(code=2)


def test_without_a_gpu_memory_is_not_judged(check: Check):
    said = check()
    assert "显存至少要空出" in said
    assert "没有找到可用的 NVIDIA 显卡" in said


def test_on_a_cpu_main_memory_is_told(check: Check):
    said = check("--engine", "transformers")
    assert "引擎：transformers（CPU）" in said
    assert "内存约要 29.4 GiB" in said


def test_while_another_one_serves_it_is_told_whether_both_fit(check: Check, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Machine, "running", lambda _: {1: None})
    assert "放不下，换模型时要先停旧的" in check(free_mib=12_000)
    assert "放得下，换模型不停" in check(free_mib=24_000)
