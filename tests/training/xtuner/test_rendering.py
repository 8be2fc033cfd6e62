"""A config is Python whose literals are what was wanted, whatever the texts hold."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.chat_template import FORMATS, LLAMA3, QWEN
from inference.prompts import SYSTEM_PROMPT
from training.xtuner.rendering import Wanted, log_every, render, steps
from training.xtuner.settings import XtunerSettings

# Names of files can hold anything but NUL, among it bytes that are no UTF-8 (which Python shows as lone surrogates).
paths = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=40).map(Path)
odd = st.text(max_size=60)


def wanted(**more: Any) -> Wanted:
    return Wanted(
        **{"title": "第 3 轮", "base": Path("/m"), "data": Path("/d.jsonl"), "rows": 50, "chat": QWEN, **more}
    )


def literals(text: str) -> dict[str, Any]:
    """Names and values at the top of a config that are plain literals."""
    found: dict[str, Any] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(name := node.targets[0], ast.Name):
            try:
                found[name.id] = ast.literal_eval(node.value)
            except ValueError:
                found[name.id] = node.value
    return found


def called(node: ast.expr) -> dict[str, Any]:
    """Arguments of ``dict(…)`` that are literals."""
    assert isinstance(node, ast.Call)
    told: dict[str, Any] = {}
    for keyword in node.keywords:
        try:
            told[keyword.arg or ""] = ast.literal_eval(keyword.value)
        except ValueError:
            told[keyword.arg or ""] = ast.unparse(keyword.value)
    return told


@settings(deadline=None, max_examples=150)
@given(
    base=paths, data=paths, title=odd, chat=st.sampled_from(FORMATS), asked=st.lists(odd, max_size=3), cpu=st.booleans()
)
def test_any_path_and_text_comes_out_as_it_went_in(base, data, title, chat, asked, cpu):
    config = XtunerSettings(evaluation_freq=10, evaluation_inputs=tuple(asked))
    text = render(config, wanted(base=base, data=data, title=title, chat=chat, on_cpu=cpu))
    text.encode("utf-8")
    found = literals(text)
    assert found["pretrained_model_name_or_path"] == str(base)
    assert found["data_path"] == str(data)
    assert found["evaluation_inputs"] == asked
    assert found["SYSTEM"].format() == SYSTEM_PROMPT
    assert called(found["prompt_template"]) == chat.xtuner_template()


numbers = st.builds(
    XtunerSettings,
    mode=st.sampled_from(["qlora", "lora", "full"]),
    max_length=st.integers(32, 4096),
    pack_to_max_length=st.booleans(),
    batch_size=st.integers(1, 64),
    accumulative_counts=st.integers(1, 64),
    max_epochs=st.integers(1, 40),
    optimizer=st.sampled_from(["PagedAdamW32bit", "AdamW", "PagedAdamW8bit"]),
    lr=st.floats(1e-12, 1),
    betas=st.tuples(st.floats(0, 0.9999), st.floats(0, 0.9999)),
    weight_decay=st.floats(0, 1),
    max_norm=st.floats(1e-3, 1e6),
    warmup_ratio=st.floats(0, 0.99),
    lora_r=st.integers(1, 256),
    lora_alpha=st.integers(1, 256),
    lora_dropout=st.floats(0, 0.99),
    double_quant=st.booleans(),
    quant_type=st.sampled_from(["nf4", "fp4"]),
    dtype=st.sampled_from(["bfloat16", "float16", "float32"]),
    save_steps=st.integers(1, 1000),
    save_total_limit=st.integers(-1, 9),
    seed=st.integers(0, 2**31 - 1),
)


@settings(deadline=None, max_examples=150)
@given(config=numbers, rows=st.integers(1, 10**5))
def test_every_number_of_the_settings_is_there(config: XtunerSettings, rows: int):
    text = render(config, wanted(rows=rows))
    found = literals(text)
    for name in (
        "max_length",
        "pack_to_max_length",
        "batch_size",
        "accumulative_counts",
        "lr",
        "betas",
        "weight_decay",
    ):
        assert found[name] == getattr(config, name)
    for name in ("max_norm", "warmup_ratio", "save_steps", "save_total_limit"):
        assert found[name] == getattr(config, name)
    assert found["max_epochs"] * found.get("repeat", 1) == config.max_epochs
    assert ast.unparse(found["optim_type"]) == config.optimizer
    assert called(found["randomness"])["seed"] == config.seed
    model = found["model"]
    asked = {keyword.arg: keyword.value for keyword in model.keywords}
    assert ("lora" in asked) == (config.mode != "full")
    if config.mode != "full":
        lora = called(asked["lora"])
        assert (lora["r"], lora["lora_alpha"], lora["lora_dropout"]) == (
            config.lora_r,
            config.lora_alpha,
            config.lora_dropout,
        )
    llm = called(asked["llm"])
    assert ("quantization_config" in llm) == (config.mode == "qlora")
    if config.mode == "qlora":
        assert f"bnb_4bit_use_double_quant={config.double_quant}" in llm["quantization_config"]
        assert f"bnb_4bit_quant_type='{config.quant_type}'" in llm["quantization_config"]


def test_the_rate_suits_the_base():
    for parameters, rate in ((35_000_000, 1e-3), (7_600_000_000, 2e-4), (0, 2e-4)):
        assert literals(render(XtunerSettings(), wanted(parameters=parameters)))["lr"] == rate
        assert literals(render(XtunerSettings(lr=5e-5), wanted(parameters=parameters)))["lr"] == 5e-5


def test_steps_instead_of_epochs():
    config = XtunerSettings(max_iters=400, warmup_ratio=0.05)
    text = render(config, wanted())
    found = literals(text)
    assert found["max_iters"] == 400
    assert "max_epochs" not in found
    assert "by_epoch=False, begin=0, end=20" in text
    assert steps(config, 50) == 400


@settings(deadline=None, max_examples=100)
@given(config=numbers, rows=st.integers(1, 2000))
def test_a_warm_up_is_never_of_a_single_step(config: XtunerSettings, rows: int):
    """Such a one leaves lr where it began, in mmengine 0.10.6."""
    if "LinearLR" in render(config, wanted(rows=rows)):
        assert int(config.warmup_ratio * steps(config, rows)) >= 2


@pytest.mark.parametrize("more", [{"warmup_ratio": 0}, {"max_epochs": 1}, {"max_iters": 20}, {"max_iters": 60}])
def test_a_training_too_short_for_a_warm_up_has_none(more):
    text = render(XtunerSettings(**more), wanted(rows=50))
    assert "LinearLR" not in text
    assert "begin=0" in text
    assert "LinearLR" in render(XtunerSettings(**more), wanted(rows=50_000)) or more != {"max_epochs": 1}


def test_nothing_that_needs_a_gpu_is_left_in_a_config_for_the_cpu():
    text = render(XtunerSettings(), wanted(on_cpu=True))
    for word in ("bfloat16", "Paged", "Amp", "nccl"):
        assert word not in text
    assert "from gongkao_xtuner_cpu import SupervisedFinetune" in text
    assert "gongkao_xtuner_cpu" not in render(XtunerSettings(), wanted())


def test_weights_that_are_trained_themselves_are_kept_in_full_precision():
    text = render(XtunerSettings(mode="full"), wanted())
    assert "torch_dtype=torch.float32" in text
    assert "type=AmpOptimWrapper" in text


def test_no_lazy_config_trap(tmp_path: Path):
    """mmengine calls nothing but what a config's dictionaries name: no function of ours, no environment."""
    text = render(XtunerSettings(evaluation_freq=5), wanted())
    assert "os." not in text
    assert "custom_imports" not in text
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)}
    assert calls == {"dict"}


def test_small_sets_get_long_epochs():
    assert literals(render(XtunerSettings(max_epochs=12, batch_size=10), wanted(rows=50)))["repeat"] == 12
    few = literals(render(XtunerSettings(max_epochs=12, batch_size=10), wanted(rows=400)))
    assert (few["repeat"], few["max_epochs"]) == (3, 4)
    assert "repeat" not in literals(render(XtunerSettings(max_epochs=12), wanted(rows=46_933)))
    assert steps(XtunerSettings(max_epochs=12, batch_size=16), 46_933) == 2934 * 12
    assert steps(XtunerSettings(max_epochs=3, batch_size=16, gpus=4, launcher="pytorch"), 46_933) == 734 * 3
    assert (log_every(50), log_every(500), log_every(10**6)) == (1, 5, 10)


def test_the_same_twice():
    assert render(XtunerSettings(), wanted(chat=LLAMA3)) == render(XtunerSettings(), wanted(chat=LLAMA3))


@pytest.mark.parametrize(
    "more",
    [
        {"gpus": 2},
        {"mode": "qlora", "deepspeed": "deepspeed_zero3", "launcher": "pytorch", "gpus": 2},
        {"lr": 0},
        {"max_norm": float("inf")},
        {"betas": (0.9, 1.0)},
        {"slurm_partition": "gpu; rm"},
        {"epochs": 3},
    ],
)
def test_settings_that_cannot_be_are_refused(more):
    with pytest.raises(ValueError, match="XtunerSettings"):
        XtunerSettings(**more)
