"""Whether a model that has just begun to serve does worse than it may."""

from __future__ import annotations

from inference.serving.config import WatchConfig
from store.releases import Figures


def judged(new: Figures, old: Figures | None, limits: WatchConfig) -> str:
    """Why *new* has to go, in Chinese with its figures; empty while it may stay.

    Nothing is said of fewer than ``limits.fewest`` questions.
    """
    if new.asked >= limits.fewest:
        errors = 100 * new.failures / new.asked
        if errors > limits.error_percent:
            return f"{new.asked} 道题里 {new.failures} 道没答上来（{errors:.0f}%，最多 {limits.error_percent:g}%）"
    if new.answers < limits.fewest:
        return ""
    bad = 100 * new.bad / new.answers
    if bad > limits.bad_percent:
        return f"{new.answers} 个回答里 {new.bad} 个被点踩或纠错（{bad:.0f}%，最多 {limits.bad_percent:g}%）"
    before = old.median_s if old and old.answers >= limits.fewest else None
    if before and new.median_s and new.median_s > max(limits.latency_free_s, before * limits.latency_ratio):
        return f"回答变慢了：一半的题要 {new.median_s:.1f} 秒以上，以前是 {before:.1f} 秒"
    return ""
