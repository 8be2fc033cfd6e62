"""Why LMDeploy could not quantise, in words that say what to change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "no_cuda",
    "few_samples",
    "gpu_memory",
    "disk",
    "memory",
    "driver",
    "code",
    "unsupported",
    "nan",
    "model",
    "environment",
    "killed",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Failure:
    kind: Kind
    words: str
    """One or two Chinese sentences."""


# The first that fits counts; what begins with gongkao is said by gongkao_awq.py.
_KNOWN: tuple[tuple[Kind, str, str], ...] = (
    (
        "no_cuda",
        r"gongkao: no_cuda|Torch not compiled with CUDA enabled|No CUDA GPUs are available",
        "没有可用的 NVIDIA 显卡，量化要在显卡上做。用 nvidia-smi 看看显卡在不在、驱动好不好。",
    ),
    (
        "few_samples",
        r"gongkao: few_samples",
        "校准用的题太少，连一段都凑不满。换一个题多些的文件。",
    ),
    (
        "gpu_memory",
        r"CUDA out of memory|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY",
        "显存不够。把 [training.quantising] 的 batch_size、samples 或 window 调小，或者先停掉占显存的程序。",
    ),
    (
        "disk",
        r"No space left on device|Disk quota exceeded|errno 28|PytorchStreamWriter failed|not enough disk space",
        "磁盘满了。清出空间再来；gongkao train gc 可以删旧轮次。",
    ),
    (
        "memory",
        r"Cannot allocate memory|DefaultCPUAllocator: (?:can't|not enough)|(?<!\w)MemoryError|std::bad_alloc|Unable to mmap",
        "内存不够：整个模型要先读进内存。关掉别的程序，或换内存大些的机器。",
    ),
    (
        "driver",
        r"CUDA driver version is insufficient|no kernel image is available|Found no NVIDIA driver|CUDA error: invalid device"
        r"|NVIDIA driver on your system is too old",
        "显卡驱动和推理环境对不上。用 nvidia-smi 看驱动版本，升级驱动。",
    ),
    (
        "code",
        r"requires you to execute|Please pass the (?:argument|option) .trust_remote_code=True",
        "这个模型要运行它文件夹里自带的代码。确认来源可靠，再加上 --trust-code。",
    ),
    (
        "unsupported",
        r"are not supported\. The supported model types|does not recognize this architecture|Unrecognized configuration"
        r"|KeyError: '\w+(?:ForCausalLM|ForConditionalGeneration|DecoderLayer)'|% (?:w_group_size|self\.group_size) == 0",
        "LMDeploy 不会量化这种模型。换用 Qwen2.5、Qwen3、InternLM 或 Llama 3 的稠密模型，或者不量化。",
    ),
    (
        "nan",
        r"assert torch\.isnan\(",
        "量化时算出了 NaN：这个模型的数值用现在的精度放不下。不量化，或者换一个底座。",
    ),
    (
        "code",
        r"transformers_modules[\s\S]*(?:ImportError|AttributeError|TypeError|KeyError)",
        "这个模型自带的代码和推理环境里的 transformers 对不上，量化不了。不量化，或者换成 Qwen2.5、Qwen3、Llama 3。",
    ),
    (
        "environment",
        r"No module named 'lmdeploy'",
        "这个 Python 里没有 LMDeploy。先运行一次 gongkao serve 装好推理环境，或指定装好了 LMDeploy 的 Python。",
    ),
    (
        "environment",
        r"ModuleNotFoundError|ImportError|undefined symbol|cannot open shared object file|gongkao: other_lmdeploy",
        "推理环境不完整，或者 LMDeploy 不是 0.18 版。删掉 .venv-serving，再运行 gongkao serve 重新装。",
    ),
    (
        "model",
        r"SafetensorError|HeaderTooLarge|Error no file named|Can't load tokenizer|size mismatch for"
        r"|data did not match any variant|Tokenizer class \w+ does not exist",
        "模型读不了：文件不全或坏了。重新合并或下载。",
    ),
)
_ERROR = re.compile(r"[\w.]+(?:Error|Exception|Interrupt|Exit)\b")


def explain(log: str, exit_code: int) -> Failure:
    """Why it ended without a result; *log* is the end of what it wrote."""
    # The last traceback tells most; warnings before it may mention anything.
    for text in (log[log.rfind("Traceback (most recent call last)") :], log):
        for kind, pattern, words in _KNOWN:
            if re.search(pattern, text, re.IGNORECASE):
                return Failure(kind, words)
    if exit_code in (-9, 137):
        return Failure("memory", "量化被系统强行结束了，多半是内存不够。关掉别的程序再来。")
    if exit_code in (-15, -2, 143, 130):
        return Failure("killed", "量化被别人停掉了。再来一次就行。")
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    named = [line for line in lines if _ERROR.match(line)]
    return Failure("unknown", f"没有量化成（退出码 {exit_code}）：{(named or lines or ['没有输出'])[-1][:200]}")
