"""Why a step of XTuner failed, in words that say what to change."""

from __future__ import annotations

import errno
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from training.xtuner.progress import Point

Kind = Literal[
    "gpu_memory",
    "memory",
    "disk",
    "base",
    "data",
    "driver",
    "settings",
    "environment",
    "nan",
    "diverged",
    "cancelled",
    "killed",
    "unknown",
]


DISK_FULL = "磁盘满了。清出空间再继续；gongkao train gc 可以删旧轮次，save_total_limit 调小能少存检查点。"


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong; as text it is one or two Chinese sentences."""

    kind: Kind
    words: str

    def __str__(self) -> str:
        return self.words


# The first that fits counts: an exhausted GPU also ends in a RuntimeError of some module, a full disk in an OSError.
_KNOWN: tuple[tuple[Kind, str, str], ...] = (
    (
        "gpu_memory",
        r"CUDA out of memory|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY",
        "显存不够。把 [training.xtuner] 的 batch_size 或 max_length 调小（accumulative_counts 相应调大），"
        '或用 mode = "qlora"、optimizer = "PagedAdamW32bit"；先停掉占显存的程序也行。',
    ),
    (
        "disk",
        r"No space left on device|Disk quota exceeded|errno 28|PytorchStreamWriter failed|not enough disk space",
        DISK_FULL,
    ),
    (
        "memory",
        r"Cannot allocate memory|DefaultCPUAllocator: (?:can't|not enough)|(?<!\w)MemoryError|std::bad_alloc|Unable to mmap"
        r"|DataLoader worker \(pid.*?\) is killed by signal: (?:Killed|Bus error)",
        "内存不够。关掉别的程序，或把 batch_size、max_length 调小。",
    ),
    (
        "driver",
        r"CUDA driver version is insufficient|no kernel image is available|Found no NVIDIA driver|CUDA error: invalid device"
        r"|NVIDIA driver on your system is too old|Required library .*not found.*bitsandbytes",
        "显卡驱动和训练环境对不上。用 nvidia-smi 看驱动版本，或重建训练环境：gongkao env create training。",
    ),
    (
        "settings",
        r"deepspeed is not installed|No module named 'deepspeed'|Please upgrade your DeepSpeed",
        "训练环境里没有 DeepSpeed。把 [training.xtuner] 的 deepspeed 清空，或者自己装好再用 python 指定那个环境。",
    ),
    (
        "settings",
        r"end should be larger than begin",
        "训练步数太少，还不够预热。把 [training.xtuner] 的 warmup_ratio 设成 0、关掉 pack_to_max_length，或调大 max_epochs。",
    ),
    (
        "data",
        r"DatasetGenerationError|JSONDecodeError|ArrowInvalid|Loss target is empty|num_samples=0|samples should be a positive"
        r"|Unable to find '[^']*\.jsonl|an empty dataset|Couldn't infer the same data file format|KeyError: 'conversation'"
        r"|index 0 is out of bounds for size 0|Invalid key: 0 is out of bounds|integer division or modulo by zero"
        r"|issubset\(dataset\.column_names\)|Column 'length' doesn't exist|_generate_tables\(",
        "训练数据读不了、是空的，或每条都比 max_length 长。用 gongkao dataset check 核对这一版训练集，或把 max_length 调大。",
    ),
    (
        "base",
        r"does not appear to have a file named|Can't load (?:the (?:model|configuration)|tokenizer)|is not a local folder"
        r"|Unrecognized (?:model|configuration)|Unable to load weights|SafetensorError|Error no file named|HFValidationError"
        r"|does not recognize this architecture|data did not match any variant|size mismatch for|HeaderTooLarge"
        r"|is not the path to a directory|Repo id must|Tokenizer class \w+ does not exist",
        "底座模型读不了：文件夹不对、没下载完整，或这种模型 XTuner 的环境还不认识。检查 [training.rounds] 的 base。",
    ),
    (
        "environment",
        r"ModuleNotFoundError|ImportError|python[\d.]*: No module named|undefined symbol|cannot open shared object file",
        "训练环境不完整。重建：gongkao env create training。",
    ),
)
NAN = '损失变成了 NaN，训练散了。把 lr 调小（比如减半），或用 dtype = "bfloat16"。'
DIVERGED = "损失一直在涨，训练散了。把 lr 调小（比如减半），或把 warmup_ratio 调大。"
_ERROR = re.compile(r"(?:\[rank\d+\]:\s*)?[\w.]+(?:Error|Exception|Interrupt|Exit)\b")
_BEGINNING = 3
_WATCHED = 15
_WORSE = 1.3


def explain(log: str, exit_code: int, stopped: str = "") -> Failure:
    """Why a step ended that gave no result; *log* is the end of what it wrote, *stopped* why we stopped it."""
    if stopped:
        return _stopped(stopped)
    # The last traceback tells most; of several processes it may be that of the one that only waited.
    for text in (log[log.rfind("Traceback (most recent call last)") :], log):
        for kind, pattern, words in _KNOWN:
            if re.search(pattern, text, re.IGNORECASE):
                return Failure(kind, words)
    if exit_code in (-9, 137):
        # The kernel's doing, or a person's: it says nothing in the log.
        return Failure(
            "memory", "进程被系统强行结束了，多半是内存不够。把 batch_size、max_length 调小，或关掉别的程序。"
        )
    if exit_code in (-15, -2, 143, 130):
        return Failure("killed", "进程被别人停掉了。再运行一次，会从上一个检查点接着来。")
    return Failure("unknown", f"没有做成（退出码 {exit_code}）：{_last_words(log)[:200]}")


def is_disk_full(error: BaseException) -> bool:
    """Also the one on which SQLite's file lies."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "database or disk is full" in str(error)


def going_wrong(points: Sequence[Point]) -> str | None:
    """Why a training that runs should be stopped now; ``None`` while it goes well.

    NaN or infinity at once; divergence when the loss has long been well above
    what it was at the start and does not come down. High alone says nothing:
    of a base that knows most of the set, the first batch may hold nothing new.
    """
    if not all(math.isfinite(point.loss) for point in points):
        return NAN
    if len(points) < _BEGINNING + 2 * _WATCHED:
        return None
    start = sum(point.loss for point in points[:_BEGINNING]) / _BEGINNING
    before, last = points[-2 * _WATCHED : -_WATCHED], points[-_WATCHED:]
    falls = sum(point.loss for point in last) < sum(point.loss for point in before)
    return DIVERGED if not falls and all(point.loss > _WORSE * start for point in last) else None


def _stopped(why: str) -> Failure:
    kinds: dict[str, Kind] = {NAN: "nan", DIVERGED: "diverged"}
    return Failure(kinds[why], why) if why in kinds else Failure("cancelled", "已经取消。")


def _last_words(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    # Of several processes, the one that started them has the last line, and it knows nothing.
    named = [line for line in lines if _ERROR.match(line) and "ChildFailedError" not in line]
    return (named or lines or ["没有输出"])[-1]
