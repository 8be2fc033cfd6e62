"""What the names over columns (and the keys of JSON objects) mean."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Role = Literal[
    "stem", "option", "options", "answer", "kind", "explanation", "category", "difficulty", "material", "ignored"
]

_NAMES: dict[Role, str] = {
    "stem": """题干 题目 试题 问题 题面 内容 题 题文 考题 试题题干 题目题干 题干内容 题目内容 试题内容 问题内容 题干文本
        题目描述 试题描述 问题描述 题目名称 试题名称 题目标题 题目正文 试题正文 题干描述 题目信息 stem question input title
        questiontext questioncontent questiontitle questionstem questionname content text topic subject prompt instruction column1""",
    "options": """选项 备选项 备选答案 选择项 答案选项 选项内容 所有选项 全部选项 题目选项 试题选项 候选项 候选答案 供选答案
        options option choices choice selections items""",
    "answer": """答案 正确答案 参考答案 标准答案 试题答案 题目答案 答案内容 正确选项 正确项 正解 标答 正确答案选项 问题答案
        答案正确选项 key answer rightanswer correctanswer correctanswers answers correct standardanswer answerkey rightkey output response completion column2 回答 答复 ans
        correctoption referenceanswer answerindex correctindex correctanswerindex""",
    "kind": """题型 类型 试题类型 题目类型 题目题型 试题题型 题类 题种 题型名称 问题类型 类型名称 kind type questiontype
        qtype questionkind""",
    "explanation": """解析 答案解析 试题解析 题目解析 说明 解释 详解 答案详解 答案说明 分析 试题分析 题目分析 解题思路
        答题解析 解答 文字解析 参考解析 analysis explanation explain parse parsing solution rationale""",
    "category": """分类 类别 章节 知识点 科目 所属章节 题目分类 试题分类 所属分类 所属知识点 知识点名称 考点 模块 专题 学科
        所属科目 章节名称 试题类别 题目类别 题库分类 category chapter knowledge knowledgepoint classification section""",
    "difficulty": """难度 难易度 难度等级 难易程度 试题难度 题目难度 难度系数 难度级别 难易 difficulty level""",
    "material": """材料 背景材料 题目材料 阅读材料 公共题干 共用题干 题组材料 案例材料 材料内容 案例背景 给定材料 material
        passage background""",
    "ignored": """来源 序号 编号 题号 页码 分值 分数 得分 出处 标签 创建人 创建时间 更新时间 备注 试题编号 题目编号 题目序号
        试题序号 顺序 版本 年份 地区 依据 出题依据 命题人 出题人 出题单位 审核人 单位 部门 状态 选项数 选项个数 选项数量 标题
        我的答案 你的答案 考生答案 学生答案 作答 用户答案 是否正确 正确率 抽题数 图片 音频 视频 附件 no id index source score
        page number tags uuid questionid sort order remark time date""",
}
_ROLES: dict[str, Role] = {name: role for role, names in _NAMES.items() for name in names.split()}

_DECORATION = re.compile(r"[（(\[【〔][^（()）\[\]【】〔〕]{0,80}[)）\]】〕]|[\s*＊:：_\-—–./、“”\"'`‘’]+")
_OPTION = re.compile(
    r"(?:选项|备选项|备选答案|备选|答案选项|答案|选择项|题目选项|试题选项|option|opt|choice|answer|item)?"
    r"([a-l]|[1-9]|1[0-2]|[一二三四五六七八九十])(?:选项|项|答案)?"
)
_DIGITS = "一二三四五六七八九十"
_LONGEST_NAME = 60


def role_of(name: str) -> Role | None:
    """What a column called *name* holds; ``None`` for a name that says nothing."""
    bare = _bare(name)
    if not bare:
        return None
    if role := _ROLES.get(bare):
        return role
    return "option" if option_position(name) is not None else None


def option_position(name: str) -> int | None:
    """Which option *name* stands for, from 0: ``选项B`` and ``选项二`` give 1; ``None`` when it is no option's name.

    A digit alone is no name: it stands in data far more often.
    """
    bare = _bare(name)
    match = _OPTION.fullmatch(bare)
    if match is None:
        return None
    mark = match[1]
    if mark.isalpha() and mark.isascii():
        return ord(mark) - ord("a")
    if bare == mark:
        return None
    return _DIGITS.index(mark) if mark in _DIGITS else int(mark) - 1


def _bare(name: str) -> str:
    if len(name) > _LONGEST_NAME:
        return ""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", name)).casefold()
