"""What the sheets and columns of a worksheet are called."""

from __future__ import annotations

QUESTIONS = "题目"
GUIDE = "说明"
UNREAD = "没读懂"
OTHERS = "其他行"
OURS = frozenset({GUIDE, UNREAD, OTHERS})
"""Sheets beside the questions that the program writes itself."""

NUMBER = "编号"
SHEET = "来源表"
KIND = "题型"
STEM = "题干"
OPTION = "选项"
ANSWER = "答案"
EXPLANATION = "解析"
CATEGORY = "分类"
ALIASES = "别名"
ALSO_ASKED = "其他问法"
DIFFICULTY = "难度"
VALID_UNTIL = "有效期"
MATERIAL = "材料"
REMARK = "备注"

FOR_PEOPLE = frozenset({NUMBER, SHEET, CATEGORY, ALIASES, ALSO_ASKED, DIFFICULTY, VALID_UNTIL, REMARK})
"""Columns that a data set has no place for."""

KINDS = {"single": "单选题", "multiple": "多选题", "judge": "判断题", "short": "简答题"}

GUIDE_LINES = (
    "一行是一道题。改好保存，再运行 gongkao dataset transform 这个文件，就得到训练用的 jsonl。",
    "可以改字、删行、加行、换列的次序；表头的名字不要改。",
    "题型写 单选题、多选题、判断题、简答题。",
    "选择题的答案写字母（B 或 ACD）；判断题写 正确 或 错误；简答题写文字。",
    "解析不空时，训练用的回答是答案下面加解析；不想要就清空。",
    "材料是几道题共用的一段话，每一道题都要写上，不要合并单元格。",
    "编号、分类、别名、备注这些列给人看，不会写进 jsonl。",
    "单元格都是文本格式：2:8:3、1/2、007 会原样留住。从别处粘贴请用“只粘贴值”，否则 Excel 会改成时间或日期。",
    "“没读懂”里是像题目、但程序分不清的内容。要用的话，改好抄到“题目”的最后。",
    "“其他行”里是标题、页眉一类的行，只供核对；其中有题目的话，也抄到“题目”的最后。",
)
