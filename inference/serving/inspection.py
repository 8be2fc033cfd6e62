"""Everything that can be said of a model folder before a start, in one report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from inference.serving import architectures, model_folder, sizing, tokenizer, weights
from inference.serving.model_folder import BadModelFolder
from inference.serving.shapes import Shape, UnknownShape, shape_of
from inference.serving.sizing import MIB, Need

_MEMORY_ADVICE = (
    "可以：用 4 比特的模型（训练设置里写 quantise = true，或换成 AWQ 的）；把 session_len 调小；"
    "写 kv_bits = 8；显卡上还有别的程序的话先关掉；有几块显卡就写 tp = 2。"
)


@dataclass(frozen=True, slots=True)
class Report:
    """A model that can be started."""

    folder: Path
    architecture: str
    engine: Literal["turbomind", "pytorch", "transformers"]
    """Who will run it."""
    quantisation: str | None
    family: str | None
    """Of its chat format, by its name in :data:`inference.chat_template.FORMATS`; ``None`` when it is none of ours."""
    weights_mib: int
    """Of all GPUs together."""
    need: Need | None
    """On each GPU; ``None`` when the config does not tell the shape."""
    least_mib: int | None
    """Free memory on each GPU below which it does not start."""
    tp: int
    warnings: tuple[str, ...]
    """Chinese sentences; nothing that keeps it from starting."""


def inspect(
    folder: Path,
    *,
    engine: Literal["turbomind", "transformers"] = "turbomind",
    session_len: int = 8192,
    cache_share: float = 0.8,
    kv_bits: int = 0,
    tp: int = 1,
    max_batch: int = 0,
    free_mib: Sequence[int] = (),
) -> Report:
    """Look at the model in *folder* as it is to be started; only small files and heads are read.

    *free_mib* is what is free on each GPU that it may use; without it memory is not judged.

    Raises:
        BadModelFolder: it would not start; the message is Chinese and says what to do.
    """
    model_folder.check(folder)
    weights.check(folder)
    tokenizer.check(folder)
    config = model_folder.config_of(folder)
    verdict = architectures.judge(config)
    runner: Literal["turbomind", "pytorch", "transformers"] = "transformers"
    if engine == "turbomind":
        if not verdict.runs:
            raise BadModelFolder(verdict.sentence)
        runner = "turbomind" if verdict.engine == "turbomind" else "pytorch"
    told: list[str] = []
    shape = _shape(config)
    if runner == "turbomind":
        _check_for_turbomind(config, shape, kv_bits, tp)
    stored = weights.loaded_bytes(folder)
    need = least = None
    if shape is not None and engine == "turbomind":
        need = sizing.need(config, stored, session_len=session_len, kv_bits=kv_bits, tp=tp, max_batch=max_batch)
        least = need.least_mib(cache_share)
        if runner == "turbomind":
            told = _check_memory(need, least, cache_share, tp, free_mib)
    known = tokenizer.family(folder)
    return Report(
        folder=folder,
        architecture=verdict.name,
        engine=runner,
        quantisation=model_folder.quantisation(folder),
        family=known,
        weights_mib=stored // MIB,
        need=need,
        least_mib=least,
        tp=tp,
        warnings=(*told, *_warnings(folder, config, verdict, runner, known, session_len)),
    )


def in_words(report: Report, *, gpu_mib: int | None = None, cache_share: float = 0.8) -> list[str]:
    """*report* as short Chinese lines; with *gpu_mib*, the free memory of a GPU, also what it would hold."""
    form = {None: "没有量化", "awq": "AWQ 4 比特", "gptq": "GPTQ 4 比特"}.get(report.quantisation, report.quantisation)
    lines = [
        f"模型：{report.architecture or '没有写 architectures'}，{form}，权重 {in_gib(report.weights_mib)}",
        f"引擎：{ {'turbomind': 'TurboMind', 'pytorch': 'LMDeploy 的 pytorch 引擎'}.get(report.engine, 'transformers（CPU）') }",
        f"对话格式：{report.family or '不认识'}",
    ]
    if report.need is not None and report.least_mib is not None:
        each = "每块显卡" if report.tp > 1 else "显存"
        lines.append(f"{each}至少要空出 {in_gib(report.least_mib)}（计算值）")
        if gpu_mib is not None:
            lines.append(_capacity(report.need, gpu_mib, cache_share))
    return lines + [f"注意：{warning}" for warning in report.warnings]


def _capacity(need: Need, gpu_mib: int, share: float) -> str:
    fit = need.on(gpu_mib, share)
    if fit is None:
        return f"空闲的 {in_gib(gpu_mib)} 显存放不下一个最长的对话。{_MEMORY_ADVICE}"
    lowered = f"cache_share 要降到 {fit.share:g}，" if fit.share < share else ""
    return (
        f"空闲的 {in_gib(gpu_mib)} 显存：{lowered}缓存 {fit.tokens:,} 个 token，"
        f"够 {fit.sessions(need.session_len)} 个 {need.session_len} token 的对话同时进行（计算值）"
    )


def _shape(config: dict[str, Any]) -> Shape | None:
    try:
        return shape_of(config)
    except UnknownShape:
        return None


def _check_for_turbomind(config: dict[str, Any], shape: Shape | None, kv_bits: int, tp: int) -> None:
    if refusal := architectures.refusal_of_weights(config):
        raise BadModelFolder(refusal)
    if shape is None:
        return
    if kv_bits and shape.head_dim != 128:
        raise BadModelFolder(
            f"这个模型的 head_dim 是 {shape.head_dim}，TurboMind 只会给 128 的压缩缓存。请把 kv_bits 改成 0。"
        )
    if shape.heads % tp:
        raise BadModelFolder(f"这个模型有 {shape.heads} 个注意力头，不能平分给 {tp} 块显卡。请把 tp 改成 1、2 或 4。")


def _check_memory(need: Need, least: int, share: float, tp: int, free_mib: Sequence[int]) -> list[str]:
    """A warning where it may start, but has too little for many long questions at once."""
    if not free_mib:
        return []
    if len(free_mib) < tp:
        raise BadModelFolder(f"tp = {tp} 要 {tp} 块显卡，这里只有 {len(free_mib)} 块。")
    # TurboMind takes the first ones, and as much of each as of the fullest.
    free = min(free_mib[:tp])
    fit = need.on(free, share)
    lower = f"把 [serving] 的 cache_share 改成 {fit.share:g} 就放得下。" if fit else _MEMORY_ADVICE
    each = "每块显卡" if tp > 1 else ""
    if free < least:
        raise BadModelFolder(
            f"显存不够：{each}至少要空出 {in_gib(least)}（其中权重 {in_gib(need.weights_mib)}），现在空着 {in_gib(free)}。{lower}"
        )
    if fit is None or fit.share < share - 0.01:
        return [f"显存紧：{each}空着 {in_gib(free)}，问的人一多可能不够。{lower}"]
    return []


def _warnings(
    folder: Path,
    config: dict[str, Any],
    verdict: architectures.Verdict,
    runner: str,
    known: str | None,
    session_len: int,
) -> list[str]:
    told: list[str] = []
    if runner == "pytorch":
        told.append(verdict.sentence)
    if verdict.pictures:
        told.append("这是能看图的模型，机器人只用它的文字部分；纯文字的模型省显存。")
    if tokenizer.template_of(folder) is None:
        told.append(
            "没有对话模板（tokenizer_config.json 的 chat_template），聊天接口可能用不了。请从底座模型里复制过来。"
        )
    elif known is None:
        told.append("不认识它的对话模板：照样能问，只是问的人多时不能几道题合成一次问。")
    if tokenizer.has_own_code(folder):
        told.append(
            '分词器是文件夹里自带的 Python 代码，LMDeploy 默认不运行。信得过这个模型，就在 [serving] 写 extra = ["--trust-remote-code"]。'
        )
    longest = config.get("max_position_embeddings")
    if isinstance(longest, int) and session_len > longest:
        told.append(f"session_len = {session_len} 超过模型学过的 {longest}，太长的对话会答不好。")
    if config.get("use_sliding_window") and runner == "turbomind":
        told.append("模型用了滑动窗口，TurboMind 不会，很长的对话可能答不好。")
    if not list(folder.glob("*.safetensors")):
        told.append("权重是旧的 .bin 格式，有没有下载完整要到启动时才知道；最好换成 safetensors。")
    return told


def in_gib(mib: int) -> str:
    """*mib* for people: 14.2 GiB."""
    return f"{mib / 1024:.1f} GiB"
