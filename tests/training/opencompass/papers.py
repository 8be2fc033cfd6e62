"""Twenty questions, and the replies that a model gives to them."""

from __future__ import annotations

from inference.prompts import UNSURE, answer_text, question_text
from training.evaluation.items import Item, ItemSet

_SHORT = {
    "世界上最大的宫殿是": "故宫",
    "世界上最靠北的首都是": "雷克雅未克",
    "蒙古首都乌兰巴托的意思是": "红色英雄",
    "我国第一部纪传体通史是": "史记",
    "水的化学式是": "H2O",
    "一年有多少个月": "12",
    "世界上最高的山峰是": "珠穆朗玛峰",
    "中国最长的河流是": "长江",
}
_CHOICE = {
    "中国的首都是": (("上海", "北京", "广州", "南京"), "B"),
    "《红楼梦》的作者是": (("曹雪芹", "罗贯中", "施耐庵", "吴承恩"), "A"),
    "标志清王朝被推翻的是": (("戊戌变法", "五四运动", "辛亥革命", "洋务运动"), "C"),
    "光年是什么的单位": (("时间", "距离", "速度", "质量"), "B"),
    "下列属于直辖市的有": (("重庆", "苏州", "天津", "深圳"), "AC"),
    "四大发明包括": (("火药", "印刷术", "地动仪", "算盘"), "AB"),
}
_JUDGE = {"地球绕太阳转": "正确", "鲸是鱼": "错误", "我国宪法由全国人大修改": "正确", "科举制度始于清朝": "错误"}


def _short(stem: str, answer: str, kind: str = "short") -> Item:
    return Item(stem, kind, "", stem, answer, accepted=(answer,))


HOLDOUT = ItemSet(
    "holdout",
    "留出的题",
    (
        *(_short(stem, answer) for stem, answer in _SHORT.items()),
        *(
            Item(
                stem,
                "single" if len(letters) == 1 else "multiple",
                "",
                question_text(stem, options),
                letters,
                options,
                ("；".join(options["ABCD".index(letter)] for letter in letters),),
            )
            for stem, (options, letters) in _CHOICE.items()
        ),
        *(
            Item(stem, "judge", "", stem, answer, accepted=("对" if answer == "正确" else "错",))
            for stem, answer in _JUDGE.items()
        ),
    ),
)
CORRECTED = ItemSet(
    "corrected",
    "纠错过的题",
    (_short("火星首都是", UNSURE, "decline"), _short("水的沸点是多少摄氏度", "100")),
)
SETS = (CORRECTED, HOLDOUT)


def right(item: Item) -> str:
    """The reply that our training sets teach."""
    return UNSURE if item.kind == "decline" else answer_text(item.kind, item.answer, item.options)
