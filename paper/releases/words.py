"""What releases are called, in a chat and on a terminal."""

from __future__ import annotations

from store.models import Release

STATUS = {
    "asked": "等着上线",
    "starting": "正在启动",
    "serving": "在服务",
    "draining": "收尾",
    "ended": "下线",
    "failed": "没上成",
    "withdrawn": "没轮到",
}


def named(row: Release) -> str:
    """*row* as people call it."""
    return f"第 {row.round_id} 轮" if row.round_id is not None else f"模型 {row.model.rstrip('/').rpartition('/')[2]}"
