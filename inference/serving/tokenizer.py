"""The tokenizer of a model folder: whether it is there, fits the model, and how it writes a talk out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from inference.chat_template import UnknownFamily, family_of
from inference.serving.model_folder import BadModelFolder, config_of, is_placeholder, read_json

_SPECIAL = ("bos_token_id", "eos_token_id", "pad_token_id")


def check(folder: Path) -> None:
    """Return quietly when *folder* has a tokenizer, and its special tokens are words of the model.

    Raises:
        BadModelFolder: there is none, it cannot be read, or an id lies outside of the vocabulary.
    """
    _check_files(folder)
    config = config_of(folder)
    part = cast("Mapping[str, Any]", config.get("text_config") or config.get("llm_config") or config)
    size = part.get("vocab_size")
    if not isinstance(size, int):
        return
    for file in ("config.json", "generation_config.json"):
        if not (folder / file).is_file():
            continue
        for name, number in _special_ids(read_json(folder / file)):
            # Some write -1 for "none".
            if number >= size:
                raise BadModelFolder(
                    f"{folder / file} 里的 {name} 是 {number}，超出了词表（vocab_size = {size}）。"
                    "多半是换了分词器却没换模型的词表，请用同一套文件重新合并。"
                )


def template_of(folder: Path) -> str | None:
    """The chat template that a server would use: ``chat_template.jinja``, else that of tokenizer_config.json.

    Raises:
        BadModelFolder: tokenizer_config.json cannot be read.
    """
    apart = folder / "chat_template.jinja"
    if apart.is_file():
        return apart.read_text(encoding="utf-8", errors="replace")
    file = folder / "tokenizer_config.json"
    told: object = read_json(file).get("chat_template") if file.is_file() else None
    if isinstance(told, list):
        # Several, each with a name.
        several = [cast("dict[str, object]", one) for one in cast("list[object]", told) if isinstance(one, dict)]
        told = next((one.get("template") for one in several if one.get("name") == "default"), None)
    return told if isinstance(told, str) and told else None


def family(folder: Path) -> str | None:
    """Which of :data:`inference.chat_template.FORMATS` the model in *folder* talks in; ``None`` for none of them.

    The kind of model tells the family, and its template must write that
    family's marks: Qwen, Qwen3 and InternLM2 share theirs, so that the template alone
    cannot tell.

    Raises:
        BadModelFolder: config.json or tokenizer_config.json cannot be read.
    """
    template = template_of(folder)
    try:
        known = family_of(config_of(folder))
    except UnknownFamily:
        return None
    marks = (known.before_role, known.end)
    return known.family if template and all(mark in template for mark in marks) else None


def has_own_code(folder: Path) -> bool:
    """Whether its tokenizer is Python code in the folder, which LMDeploy runs only when told to."""
    file = folder / "tokenizer_config.json"
    mapped: object = read_json(file).get("auto_map") if file.is_file() else None
    return isinstance(mapped, dict) and "AutoTokenizer" in mapped


def _check_files(folder: Path) -> None:
    whole, pieces = folder / "tokenizer.json", folder / "tokenizer.model"
    pair = (folder / "vocab.json", folder / "merges.txt")
    found = [file for file in (whole, pieces, *pair) if file.is_file()]
    if not (whole in found or pieces in found or set(pair) <= set(found)):
        raise BadModelFolder(
            f"{folder} 里没有分词器（tokenizer.json、tokenizer.model，或 vocab.json 加 merges.txt），"
            "请把底座模型里的这些文件复制过来。"
        )
    for file in found:
        if is_placeholder(file):
            raise BadModelFolder(f"{file} 只是 Git LFS 的占位文件，请在模型文件夹里运行 git lfs pull。")
        if not file.stat().st_size:
            raise BadModelFolder(f"{file} 是空的，请重新下载。")
    if whole in found and "model" not in read_json(whole):
        raise BadModelFolder(f"{whole} 不是分词器文件，请重新下载。")


def _special_ids(told: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name in _SPECIAL:
        given = told.get(name)
        for number in cast("list[object]", given if isinstance(given, list) else [given]):
            if isinstance(number, int) and not isinstance(number, bool):
                yield name, number
