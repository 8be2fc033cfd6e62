"""Why OpenCompass gave no scores, as far as its log tells."""

from __future__ import annotations

import re
from pathlib import Path

from training.opencompass.errors import MissingScores, NotReady, RefereeError, ServerDown

_KNOWN: tuple[tuple[str, str], ...] = (
    (
        r"CUDA out of memory|OutOfMemoryError|DefaultCPUAllocator: (?:can't|not enough)|MemoryError",
        "显存或内存不够。把 [training.opencompass] 的 batch_size 调小，先停掉占显存的程序。",
    ),
    (r"No space left on device|Disk quota exceeded", "磁盘满了，清出空间再评。"),
    (
        r"ModuleNotFoundError|ImportError|No module named",
        "评测环境不完整。重建：gongkao env create evaluation。",
    ),
    (
        r"does not appear to have a file named|Can't load (?:the model|tokenizer)|Unrecognized (?:model|configuration)"
        r"|SafetensorError|Error no file named|data did not match any variant",
        "OpenCompass 读不了这个模型：文件夹不完整，或分词器是更新的 transformers 存的。",
    ),
    (
        r"AssertionError[^\n]*\n?.*num_gpus|assert len\(all_gpu_ids\) >= num_gpus",
        "这里没有可用的显卡。加上 --cpu，或到有显卡的机器上评。",
    ),
    (
        r"exceeds max_seq_len",
        "有题目太长。把 [training.opencompass] 的 max_seq_len 调大。",
    ),
)
_DOWN = re.compile(
    r"Connection error|Connection refused|Request timed out|ConnectTimeout|ReadTimeout|Error code: 5\d\d"
)
_REFUSED = re.compile(r"Error code: 4\d\d")


def explain(missing: MissingScores, log: str, file: Path, *, served: bool) -> RefereeError:
    """The error to raise for *missing* scores; *log* is the end of the log *file*."""
    sets = "、".join(missing.reasons)
    if served and _DOWN.search(log):
        return ServerDown(f"模型服务中断了，OpenCompass 没评完（缺 {sets}）。确认服务还在，再评一次；日志：{file}")
    if served and (refused := _REFUSED.search(log)):
        return NotReady(
            f"模型服务拒绝了请求（{refused[0].removeprefix('Error code: ')}），没评完（缺 {sets}）。"
            f"检查模型名、密钥和 max_seq_len；日志：{file}"
        )
    for pattern, words in _KNOWN:
        if re.search(pattern, log):
            return NotReady(f"{words}没评完的题集：{sets}；日志：{file}")
    return MissingScores(missing.reasons, f"日志：{file}")
