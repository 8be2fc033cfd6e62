"""What releases are called."""

from __future__ import annotations

import pytest

from paper.releases.words import named
from store.models import Release


@pytest.mark.parametrize(
    ("row", "name", "said"),
    [
        (Release(round_id=7, model="/rounds/0007/model"), "第 7 轮", "第 7 轮上线了"),
        (Release(model="/models/Qwen2.5-7B/"), "模型 Qwen2.5-7B", "模型 Qwen2.5-7B 上线了"),
        (Release(model="/models/问答"), "模型 问答", "模型 问答上线了"),
        (Release(model="/models/问答v2"), "模型 问答v2", "模型 问答v2 上线了"),
    ],
)
def test_a_name_keeps_its_distance_from_chinese(row: Release, name: str, said: str):
    assert named(row) == name
    assert named(row, "上线了") == said
