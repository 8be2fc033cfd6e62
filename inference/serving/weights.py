"""The weight files of a model folder: only their heads are read.

A safetensors file is 8 bytes (length of the head, little endian), the head
(JSON: each tensor's dtype, shape and ``data_offsets``), and the tensors' bytes
(https://github.com/huggingface/safetensors#format). Its size follows from its
head, so that a download that broke off is found without reading gigabytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.serving.model_folder import BadModelFolder

_LONGEST_HEAD = 100_000_000
"""In bytes; the format allows no longer one."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a head says of one."""

    name: str
    dtype: str
    """``BF16``, ``F16``, ``F32``, ``I32``, ``F8_E4M3`` and so on."""
    bytes: int


def tensors(file: Path) -> list[Tensor]:
    """Those in a safetensors *file*.

    Raises:
        BadModelFolder: its head cannot be read, or the file is shorter or longer than the head says.
    """
    broken = f"{file} 不完整，多半没下载完，请重新下载。"
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if not 2 <= length <= min(size - 8, _LONGEST_HEAD):
                raise BadModelFolder(broken)
            head: dict[str, dict[str, Any]] = json.loads(opened.read(length))
        found = list(_told(head))
        end = max((int(told["data_offsets"][1]) for name, told in head.items() if name != "__metadata__"), default=0)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise BadModelFolder(broken) from error
    if size != 8 + length + end:
        raise BadModelFolder(f"{file} 应有 {8 + length + end:,} 字节，实际 {size:,} 字节。{broken}")
    return found


def check(folder: Path) -> None:
    """Return quietly when each safetensors file in *folder* is as long as its head says.

    Raises:
        BadModelFolder: see :func:`tensors`.
    """
    for file in sorted(folder.glob("*.safetensors")):
        tensors(file)


def loaded_bytes(folder: Path) -> int:
    """What the weights take on GPUs: as stored, float32 halved, since TurboMind makes half precision of it.

    Of ``pytorch_model*.bin`` only the files' size is known. A quantised model's
    scales grow a little when loaded (0.1 bit a weight), which is left out.

    Raises:
        BadModelFolder: see :func:`tensors`.
    """
    files = sorted(folder.glob("*.safetensors"))
    if files:
        return sum(one.bytes // 2 if one.dtype == "F32" else one.bytes for file in files for one in tensors(file))
    return sum(file.stat().st_size for file in folder.glob("pytorch_model*.bin"))


def _told(head: dict[str, dict[str, Any]]) -> Iterator[Tensor]:
    for name, told in head.items():
        if name != "__metadata__":
            begin, end = (int(place) for place in told["data_offsets"])
            if not 0 <= begin <= end:
                raise ValueError(name)
            yield Tensor(name, str(told["dtype"]), end - begin)
