"""What a file of ``serving.py`` shows: a table of its lines, then ratios within one part and turn.

    python -m benchmarks.gpu.claims FILE

A ratio compares two lines of the same level, questions and length; several turns give its median.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

OURS = ("client", "batching2", "batching5", "service")
COLUMNS = (
    *("name", "turn", "way", "at_once", "asks", "tokens", "prompts"),
    *("answered", "exact", "p50_ms", "p99_ms", "per_s", "cpu_ms_each"),
)


def table(rows: list[dict[str, Any]]) -> None:
    print("|", " | ".join(COLUMNS), "|")
    print("|" + "---|" * len(COLUMNS))
    for row in rows:
        if "per_s" in row:
            print("|", " | ".join(str(row.get(column, "")) for column in COLUMNS), "|")
        if row.get("failed"):
            print("  failed:", row["failed"])
        elif "per_s" not in row:
            print("  ", json.dumps(row, ensure_ascii=False))


def ratios(rows: list[dict[str, Any]]) -> None:
    """Each of our ways beside the plain one of the same part, turn, level, asks and length; medians over turns."""
    plain = {_place(row): row for row in rows if row.get("way") == "plain" and "per_s" in row}
    found: defaultdict[tuple[Any, ...], list[tuple[float, float, float, float]]] = defaultdict(list)
    for row in rows:
        base = plain.get(_place(row))
        if base is None or row["way"] not in OURS or "per_s" not in row or not base["per_s"]:
            continue
        name, _, *rest = _place(row)
        found[name, row["way"], *rest].append(
            (
                row["per_s"] / base["per_s"],
                row["p50_ms"] - base["p50_ms"],
                row["p50_ms"] / base["p50_ms"],
                row["p99_ms"] / base["p99_ms"],
            )
        )
    print("\nbeside plain requests, by name, way, at once, asks, tokens: answers/s, added p50 ms, p50, p99 (turns)")
    for key, several in found.items():
        rate, added, middle, tail = (statistics.median(column) for column in zip(*several, strict=True))
        rates = ", ".join(f"{one[0]:.2f}" for one in several)
        print(
            f"  {' '.join(str(part) for part in key if part is not None)}: {rate:.2f} x answers/s, "
            f"{added:+.2f} ms p50, {middle:.2f} x p50, {tail:.2f} x p99 ({rates})"
        )


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["name"], row["turn"], row.get("at_once"), row.get("asks"), row.get("tokens")


def main() -> None:
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    table(rows)
    ratios(rows)


if __name__ == "__main__":
    main()
