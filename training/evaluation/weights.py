"""What a model folder tells without loading it: its size, a fingerprint, its chat format."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from inference.chat_template import FORMATS, ChatFormat, UnknownFamily, family_of
from training.evaluation.errors import EvaluationError

_WEIGHTS = {".safetensors", ".bin", ".gguf", ".pt", ".pth"}


def size_of(folder: Path) -> int:
    """Bytes of the files with weights; of all files when none is known to have any.

    Raises:
        EvaluationError: no such folder.
    """
    files = _files(folder)
    weights = [path for path in files if path.suffix in _WEIGHTS]
    return sum(path.stat().st_size for path in weights or files)


def fingerprint(folder: Path) -> str:
    """Another one when a file was added, replaced or removed; files are not read.

    Raises:
        EvaluationError: no such folder.
    """
    told = sha256()
    for path in _files(folder):
        known = path.stat()
        told.update(f"{path.relative_to(folder)}\x1f{known.st_size}\x1f{known.st_mtime_ns}\x1e".encode())
    return told.hexdigest()


def format_of(folder: Path) -> ChatFormat | None:
    """The chat format of the model in *folder*; ``None`` when it is of no known family.

    Raises:
        EvaluationError: its config.json cannot be read.
    """
    try:
        return family_of(dict(json.loads((folder / "config.json").read_text(encoding="utf-8"))))
    except UnknownFamily:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise EvaluationError(f"{folder} 里的 config.json 读不了，要的是模型文件夹。") from error


def format_named(family: str) -> ChatFormat:
    """Raises EvaluationError: no family of that name."""
    known = {form.family: form for form in FORMATS}
    if family not in known:
        raise EvaluationError(f"没有 {family} 这个模型系列，可用的有：{'、'.join(known)}。")
    return known[family]


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise EvaluationError(f"没有这个模型文件夹：{folder}。")
    return sorted(path for path in folder.rglob("*") if path.is_file())
