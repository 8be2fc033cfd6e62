"""What releases are called, in a chat and on a terminal."""

from __future__ import annotations

from store.models import Challenger, Release

STATUS = {
    "asked": "等着上线",
    "starting": "正在启动",
    "serving": "在服务",
    "draining": "收尾",
    "ended": "下线",
    "failed": "没上成",
    "withdrawn": "没轮到",
}


def named(row: Release | Challenger, then: str = "") -> str:
    """*row* as people call it, and *then* what is said of it: 第 7 轮上线了, 模型 base 上线了."""
    if row.round_id is not None:
        return f"第 {row.round_id} 轮{then}"
    name = row.model.rstrip("/").rpartition("/")[2]
    return f"模型 {name}{' ' if then and name[-1:].isascii() else ''}{then}"
