"""Making a merged model folder one that answers as it was trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inference.chat_template import ChatFormat
from inference.serving import model_folder

_TEMPLATE = "chat_template.jinja"


def finish(model: Path, chat: ChatFormat) -> None:
    """Give *model* our chat template and let it stop where an answer ends.

    The template goes to both places that transformers looks at, the file of
    which wins. A base that never chatted stops at the end of a text only.

    Raises:
        BadModelFolder: it is no complete model.
    """
    model_folder.check(model)
    place = model / "tokenizer_config.json"
    settings = _read(place)
    settings["chat_template"] = chat.jinja()
    _write(place, settings)
    _replace(model / _TEMPLATE, chat.jinja())
    place = model / "generation_config.json"
    generation = _read(place) if place.is_file() else {}
    stops = _stops(settings, model, chat)
    before: Any = generation.get("eos_token_id")
    known: list[Any] = [*before] if isinstance(before, list) else [before] if before is not None else []
    if missing := [number for number in stops if number not in known]:
        generation["eos_token_id"] = [*known, *missing]
        _write(place, generation)


def _stops(settings: dict[str, Any], model: Path, chat: ChatFormat) -> list[int]:
    """Numbers of the family's stop words."""
    told: dict[str, dict[str, Any]] = settings.get("added_tokens_decoder") or {}
    numbers = {str(one["content"]): int(number) for number, one in told.items()}
    if (model / "tokenizer.json").is_file():
        numbers |= {str(one["content"]): int(one["id"]) for one in _read(model / "tokenizer.json")["added_tokens"]}
    return [numbers[word] for word in chat.stop_words if word in numbers]


def _read(place: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise model_folder.BadModelFolder(f"{place} 读不了，请重新合并，或者检查底座模型。") from error


def _write(place: Path, told: dict[str, Any]) -> None:
    _replace(place, json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def _replace(place: Path, text: str) -> None:
    draft = place.with_name(f".{place.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(place)
