"""What is said of a build."""

from __future__ import annotations

from collections.abc import Mapping

_OUTCOMES = {
    "written": "能用 {} 场",
    "tie": "不分上下 {} 场",
    "neither": "都不对 {} 场",
    "no_votes": "没人投票 {} 场",
    "same_text": "两边答得一样 {} 场",
    "held_out": "留着评测用的题 {} 场",
}


def built(name: str, file: str, sha256: str, counts: Mapping[str, int], *, fresh: bool) -> str:
    """What version there is now, and what became of every battle."""
    if not fresh:
        return f"和 {name} 一样，没有新东西。\n{_accounted(counts)}"
    return f"写好了 {name}。{_accounted(counts)}\n{file}\nsha256 {sha256}"


def nothing(counts: Mapping[str, int]) -> str:
    """That no battle has a winner."""
    if not any(counts.values()):
        return "还没有盲评过，没有东西可写。在群里发 /盲评 开始 7，让第 7 轮和正在服务的比一比，大家投了票再来。"
    return f"还没有哪一场分出胜负，先不写。{_accounted(counts)}"


def _accounted(counts: Mapping[str, int]) -> str:
    parts = [words.format(counts[name]) for name, words in _OUTCOMES.items() if counts[name]]
    return f"一共 {sum(counts.values())} 场：{'，'.join(parts)}。"
