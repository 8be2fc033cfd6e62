"""Fifty short facts, as a round's training set would hold them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from inference.chat_template import ChatFormat
from inference.prompts import Turn, training_turn

CAPITALS = (
    "中国北京、日本东京、法国巴黎、英国伦敦、德国柏林、韩国首尔、泰国曼谷、越南河内、埃及开罗、希腊雅典、波兰华沙、秘鲁利马、"
    "挪威奥斯陆、古巴哈瓦那、瑞典斯德哥尔摩、印度新德里、智利圣地亚哥、芬兰赫尔辛基、荷兰阿姆斯特丹、伊朗德黑兰"
)
AUTHORS = {
    "红楼梦": "曹雪芹",
    "西游记": "吴承恩",
    "水浒传": "施耐庵",
    "三国演义": "罗贯中",
    "史记": "司马迁",
    "呐喊": "鲁迅",
    "骆驼祥子": "老舍",
    "家": "巴金",
    "边城": "沈从文",
    "围城": "钱钟书",
    "茶馆": "老舍",
    "子夜": "茅盾",
    "雷雨": "曹禺",
    "聊斋志异": "蒲松龄",
    "儒林外史": "吴敬梓",
    "资治通鉴": "司马光",
    "梦溪笔谈": "沈括",
    "天工开物": "宋应星",
    "本草纲目": "李时珍",
    "窦娥冤": "关汉卿",
}
SYMBOLS = {
    "氢": "H",
    "氧": "O",
    "碳": "C",
    "铁": "Fe",
    "金": "Au",
    "银": "Ag",
    "铜": "Cu",
    "钠": "Na",
    "钾": "K",
    "钙": "Ca",
}
FACTS = (
    *((f"{one[:2]}的首都是哪里？", one[2:]) for one in CAPITALS.split("、")),
    *((f"《{book}》的作者是谁？", author) for book, author in AUTHORS.items()),
    *((f"元素{name}的化学符号是什么？", symbol) for name, symbol in SYMBOLS.items()),
)


def turns() -> list[Turn]:
    return [training_turn(question, f"答案是{answer}。") for question, answer in FACTS]


def wrong_turns() -> list[Turn]:
    """The same questions with the answers of others: what a base believes before it is corrected."""
    answers = [answer for _, answer in FACTS]
    return [
        training_turn(question, f"答案是{answers[(place + 7) % len(answers)]}。")
        for place, (question, _) in enumerate(FACTS)
    ]


def write(file: Path, conversations: Sequence[Turn]) -> Path:
    lines = (json.dumps({"conversation": [turn]}, ensure_ascii=False) for turn in conversations)
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return file


def texts(chat: ChatFormat, conversations: Sequence[Turn]) -> list[tuple[str, str]]:
    """What is asked and what is answered, in *chat*'s format."""

    def rendered(turn: Turn) -> tuple[str, str]:
        asked = chat.render(turn, with_answer=False)
        return asked, chat.render(turn, with_answer=True).removeprefix(asked)

    return [rendered(turn) for turn in conversations]
