"""The ways in which a wrong option tempts, each with what it means."""

from __future__ import annotations

KINDS: dict[str, str] = {
    "偷换概念": "说着说着换成了另一个概念",
    "混淆概念": "两个相近的概念分不清",
    "张冠李戴": "把一个人、一件事的东西安到了另一个头上",
    "时间错位": "事情是真的，时间或先后不对",
    "数据不符": "数字、单位或比例不对",
    "绝对化": "把多数、可能说成了全部、一定",
    "以偏概全": "拿一部分当成了全部",
    "因果倒置": "把原因和结果说反了",
    "无中生有": "说了没有依据的东西",
    "答非所问": "话没有错，但不是题目问的",
}
"""Kind and definition, for the model, for reviewers and for members."""
