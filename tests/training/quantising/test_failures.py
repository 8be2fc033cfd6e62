"""What LMDeploy says when it fails, in words that help."""

from __future__ import annotations

import pytest

from training.quantising.failures import explain

TRACE = "Traceback (most recent call last):\n  File ...\n"


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        ("gongkao: no_cuda", "no_cuda"),
        (f"{TRACE}AssertionError: Torch not compiled with CUDA enabled", "no_cuda"),
        ("gongkao: few_samples", "few_samples"),
        (f"{TRACE}torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB.", "gpu_memory"),
        (f"{TRACE}OSError: [Errno 28] No space left on device", "disk"),
        (f"{TRACE}safetensors_rust.SafetensorError: Error while serializing: I/O error: No space left on device", "disk"),
        (f"{TRACE}RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory", "memory"),
        (f"{TRACE}ValueError: The repository m contains custom code which must be executed to correctly load the model.\n"
         "Please pass the argument `trust_remote_code=True` to allow custom code to be run.", "code"),
        (f"{TRACE}ValueError: Loading m requires you to execute the configuration file in that repo on your local "
         "machine. Make sure you have read the code there, then set the option `trust_remote_code=True`.", "code"),
        ('Traceback (most recent call last):\n  File "calibrate.py", line 9, in calibrate\n'
         "    tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=trust_remote_code)\n"
         "OSError: Can't load tokenizer for 'm'.", "model"),
        (f"{TRACE}RuntimeError: Currently, quantification and calibration of X are not supported. "
         "The supported model types are Y.", "unsupported"),
        ('Traceback (most recent call last):\n  File "/x/transformers_modules/m/modeling_internlm2.py", line 3\n'
         "ImportError: cannot import name 'DynamicCache' from 'transformers'", "code"),
        (f"{TRACE}KeyError: 'Qwen2MoeForCausalLM'", "unsupported"),
        (f"{TRACE}    assert org_w_shape[-1] % w_group_size == 0\nAssertionError", "unsupported"),
        (f"{TRACE}    assert torch.isnan(x).sum() == 0\nAssertionError", "nan"),
        (f"{TRACE}ModuleNotFoundError: No module named 'lmdeploy'", "environment"),
        (f"{TRACE}ModuleNotFoundError: No module named 'lmdeploy.lite'", "environment"),
        (f"{TRACE}safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge", "model"),
    ],
)  # fmt: skip
def test_known_failures(log: str, kind: str):
    assert explain(log, 1).kind == kind


def test_the_last_traceback_counts():
    warned = f"CUDA out of memory, once more with less\n{TRACE}OSError: [Errno 28] No space left on device"
    assert explain(warned, 1).kind == "disk"


def test_a_missing_package_is_told_from_a_broken_one():
    assert "没有 LMDeploy" in explain("ModuleNotFoundError: No module named 'lmdeploy'", 1).words
    assert "不完整" in explain("ModuleNotFoundError: No module named 'mmengine'", 1).words


def test_signals_and_the_unknown():
    assert explain("", -9).kind == "memory"
    assert explain("", -15).kind == "killed"
    found = explain(f"{TRACE}ZeroDivisionError: division by zero\nbye", 3)
    assert found.words == "没有量化成（退出码 3）：ZeroDivisionError: division by zero"
    assert explain("", 3).words.endswith("没有输出")
