"""What an evaluation found, as it is kept in a folder: report.json for figures, replies.jsonl for every reply."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from training.evaluation.errors import NoReport
from training.rounds.folder import write_whole

REPORT = "report.json"
REPLIES = "replies.jsonl"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Tally(_Kept):
    """How many of how many, and how sure the share is."""

    n: int
    right: int
    rate: float
    low: float
    """Ends of the 95 % bootstrap interval of *rate*."""
    high: float


class SetReport(_Kept):
    name: str
    title: str
    total: Tally
    exact: int
    """Of those right, how many word for word; a short answer within a sentence is right but not exact."""
    failed: int
    """Prompts that got no reply; they count as wrong."""
    truncated: int
    formatted: Tally | None = None
    """First lines as they were asked for, among the questions where something was asked."""
    by_category: dict[str, Tally] = {}
    prompts_sha256: str
    keys_sha256: str
    note: str = ""


class Latency(_Kept):
    n: int
    p50_ms: float
    p95_ms: float


class Identity(_Kept):
    """What the figures are of; equal ones need not be asked twice."""

    model: str
    weights: str = ""
    """Fingerprint of the model folder's files by name, size and time; empty when no folder was named."""
    family: str = ""
    batched: bool
    max_tokens: int
    first_line: bool


class Report(_Kept):
    format: int = 1
    identity: Identity
    dataset: str
    sets: list[SetReport]
    formatted: Tally | None
    """Of the questions of all sets but the extra ones."""
    latency: Latency | None
    size_bytes: int | None
    """Of the model's weights; ``None`` when no model folder was named."""
    prompts_sha256: str
    seconds: float
    """For asking and scoring, without what an earlier, broken run had done."""
    asked_at: str

    def set(self, name: str) -> SetReport | None:
        return next((one for one in self.sets if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Scored:
    """One reply and what it is worth; a line of replies.jsonl."""

    set: str
    id: str
    kind: str
    category: str
    input: str
    key: str
    reply: str
    right: bool
    exact: bool
    formatted: bool | None
    truncated: bool
    problem: str
    """Why there is no reply; empty when there is one."""
    confidence: float | None = None
    """Mean token probability of the reply, 0 to 1, as the server gave it; ``None`` where it was not asked for
    or not told, and in files of earlier versions."""


def write(folder: Path, report: Report, replies: Iterable[Scored]) -> None:
    """Keep both; the report comes last, so that one which is there is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder / REPLIES, replies)
    write_whole(folder / REPORT, report.model_dump_json(indent=1) + "\n")


def write_lines(path: Path, replies: Iterable[Scored]) -> None:
    # A lone surrogate, which JSON on the wire may hold, is no UTF-8.
    lines = (json.dumps(asdict(one), ensure_ascii=False).encode("utf-8", "replace").decode() for one in replies)
    write_whole(path, "".join(f"{line}\n" for line in lines))


def read(folder: Path) -> Report:
    """The finished report in *folder*.

    Raises:
        NoReport: there is none, or it cannot be read.
    """
    path = folder / REPORT
    try:
        return Report.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise NoReport(f"{folder} 里没有评测结果（{REPORT}），评测还没做完，或者路径不对。") from error
    except (OSError, ValidationError) as error:
        raise NoReport(f"{path} 读不了，请重新评测。") from error


def read_replies(folder: Path) -> list[Scored]:
    """All replies of the report in *folder*, in its order.

    Raises:
        NoReport: see :func:`read`.
    """
    return list(read_lines(folder / REPLIES))


def read_lines(path: Path) -> Iterator[Scored]:
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                values: dict[str, Any] = json.loads(line)
                yield Scored(**values)
    except (OSError, ValueError, TypeError) as error:
        raise NoReport(f"{path} 读不了，请重新评测。") from error
