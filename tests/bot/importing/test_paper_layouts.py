"""How questions, options and passages stand on the lines of a paper."""

from __future__ import annotations

import pytest

from bot.services.importing.papers import Line, read_lines
from bot.services.importing.rows import Aside, Item, Layout, Rejected, Row, UnreadableFile


def items(text: str) -> list[Item]:
    return list(read_lines(Line(number, line) for number, line in enumerate(text.split("\n"), 1)))


def rows(text: str) -> list[Row]:
    found = items(text)
    assert not [item for item in found if isinstance(item, Rejected)]
    return [item for item in found if isinstance(item, Row)]


def only(text: str) -> Row:
    (row,) = rows(text)
    return row


def reasons(text: str) -> list[str]:
    return [item.reason for item in items(text) if isinstance(item, Rejected)]


@pytest.mark.parametrize(
    "mark", ["1、", "1.", "1．", "1. ", "1\t", "1）", "1)", "（1）", "(1)", "第1题 ", "第1题：", "1：", "【1】", ""]
)
def test_every_way_of_numbering_gives_the_same_row(mark):
    row = only(f"{mark}我国最长的河流是（ B ）。\nA、黄河\nB、长江\nC、珠江")
    assert (row.stem, row.options, row.answer) == ("我国最长的河流是（　）。", ("黄河", "长江", "珠江"), "B")


@pytest.mark.parametrize(
    "options",
    [
        "A.黄河\nB.长江\nC.珠江\nD.淮河",
        "A、黄河\nB、长江\nC、珠江\nD、淮河",
        "A．黄河      B．长江      C．珠江      D．淮河",
        "A .黄河   B. 长江   C. 珠江   D. 淮河",
        "A.黄河         B.长江\nC.珠江         D.淮河",
        "A.黄河\tB.长江\tC.珠江\tD.淮河",
        "A、黄河 B、长江  C、珠江 D、淮河",
        "A.黄河B.长江C.珠江D.淮河",
        "A 黄河   B 长江  C  珠江   D  淮河",
        "A、黄河  B、长江  C 珠江  D、淮河",
        "A、黄河 B、长江 C 珠江 D、淮河",
        "A黄河\nB长江\nC珠江\nD淮河",
        "(A)黄河 (B)长江 (C)珠江 (D)淮河",
        "（A）黄河\n（B）长江\n（C）珠江\n（D）淮河",
        "A）黄河\nB）长江\nC）珠江\nD）淮河",
        "Ａ．黄河\nＢ．长江\nＣ．珠江\nＤ．淮河",
        "A.黄河\nC.珠江\nB.长江\nD.淮河",
        "黄河      B．长江      C．珠江     D．淮河",
        "A.黄河\n\nB.长江\n\n\nC.珠江\nD.淮河\n",
    ],
)
def test_every_way_of_setting_options_gives_the_same_row(options):
    row = only(f"1、我国最长的河流是哪一条？\n{options}\n答案：B")
    assert (row.options, row.answer, row.kind) == (("黄河", "长江", "珠江", "淮河"), "B", "single")


def test_options_and_key_may_be_glued_to_the_stem():
    row = only("1.我国最长的河流是（ ）A.黄河 B.长江 C.珠江 D.淮河【答案】B【解析】长江长6300公里。")
    assert (row.stem, row.options[3], row.answer, row.explanation) == (
        "我国最长的河流是（　）",
        "淮河",
        "B",
        "长江长6300公里。",
    )


def test_letters_within_an_option_are_no_marks():
    row = only("1.缺少哪种维生素会得坏血病？\nA. 维生素 B、D\nB. 维生素 C\nC. 维生素 A、D\n答案：B")
    assert row.options == ("维生素 B、D", "维生素 C", "维生素 A、D")


def test_an_option_goes_on_in_the_next_line():
    first = "团队比赛规则规定，团体最后一名的成绩就是团体的成绩，小方发现自己所在团队中有一名成员完"
    row = only(f"1.哪一项是？\nA.{first}\n成任务很慢\nB.乙{first}\n成任务也慢\n答案：A")
    assert row.options == (f"{first}成任务很慢", f"乙{first}成任务也慢")


def test_options_over_several_words_keep_one_space():
    row = only("1.填入的词语是？\nA.坚实    坚定                       B.坚固    坚强\n答案：A")
    assert row.options == ("坚实 坚定", "坚固 坚强")


@pytest.mark.parametrize("options", ["A. 正确 B. 错误", "A.对\nB.错", "A. √  B. ×"])
def test_options_that_only_say_true_or_false_make_a_statement_to_judge(options):
    row = only(f"1. 信息可以脱离载体存在。\n{options}\n参考答案：B")
    assert (row.kind, row.options, row.answer) == ("judge", (), "错误")


def test_the_letters_of_false_and_true_may_be_the_other_way_round():
    assert only("1. 天是蓝的。\nA. 错误 B. 正确\n答案：B").answer == "正确"


@pytest.mark.parametrize(
    "question",
    [
        "1.天是蓝的。（ √ ）",
        "1.天是蓝的（对）。",
        "（ √ ）1.天是蓝的。",
        "1.天是蓝的。\n正确答案：对",
        "1.天是蓝的。√",
        "1.天是蓝的。 对",
        "天是蓝的。（√）",
        "天是蓝的。\n答案：正确",
    ],
)
def test_statements_to_judge_need_no_options(question):
    (row,) = rows(f"判断题\n{question}")
    assert (row.kind, row.answer) == ("judge", "正确")
    assert row.stem in {"天是蓝的。", "天是蓝的。（　）", "天是蓝的（　）。"}


def test_numbers_start_again_in_each_section_and_headings_tell_the_kind():
    found = items(
        "一、单项选择题（每题1分）\n1.甲？\nA.一\nB.二\n答案：A\n二、多项选择题\n1.乙？\nA.一\nB.二\n答案：AB\n三、判断题\n1.丙。\n答案：错"
    )
    assert [item.kind for item in found if isinstance(item, Row)] == ["single", "multiple", "judge"]
    assert [item.number for item in found if isinstance(item, Aside)] == [1, 6, 11]


@pytest.mark.parametrize(
    ("heading", "category"),
    [
        ("第一部分 常识判断", "常识判断"),
        ("第二部分 言语理解与表达", "言语理解"),
        ("三、类比推理。", "判断推理"),
        ("一、政治", "政治"),
        ("--- 党的组织生活相关制度规定 ---", ""),
    ],
)
def test_a_known_area_is_the_category(heading, category):
    row = only(f"{heading}\n1.甲是哪一个？\nA.一\nB.二\n答案：A")
    assert (row.category, row.kind) == (category, "single")


@pytest.mark.parametrize(
    ("line", "stem"),
    [
        ("1.2018 年，我国发电量为（ ）。", "2018 年，我国发电量为（　）。"),
        ("1.-8，12，-6，-3，（ ）", "-8，12，-6，-3，（　）"),
        ("1. 3.5英寸软盘的容量是？", "3.5英寸软盘的容量是？"),
        ("1.2016年某产品定价为 n 元，2017年是？", "2016年某产品定价为 n 元，2017年是？"),
    ],
)
def test_figures_after_the_number_stay(line, stem):
    assert only(f"{line}\nA.10\nB.20\n答案：A").stem == stem


def test_the_next_number_is_a_question_even_where_a_figure_follows_it():
    found = rows("1.下一项是？\nA.4\nB.8\n2.2.03, 113.06, ( )\nA.5\nB.6\n3 已列职业中，指数高的是：\nA.1\nB.2\n答案：A")
    assert [row.stem for row in found] == ["下一项是？", "2.03, 113.06, （　）", "已列职业中，指数高的是："]


def test_a_list_within_a_stem_belongs_to_it():
    first, second = rows(
        "1、下列说法正确的是：\n1. 甲说\n2. 乙说\n3. 丙说\nA.1和2\nB.1和3\n2、错误的有：\n①甲\n②乙\nA.①\nB.②"
    )
    assert first.stem == "下列说法正确的是：\n1. 甲说\n2. 乙说\n3. 丙说"
    assert second.stem == "错误的有：\n①甲\n②乙"


def test_a_list_or_options_within_an_explanation_are_no_questions():
    first, second = rows(
        "1、甲是谁？\nA.一\nB.二\n答案：A\n解析：理由如下：\n1.第一点\n2.第二点\n3.19.00－16.52=2.48\n"
        "A 项：错。\nB、对的说法。\n2、乙是谁？\nA.一\nB.二\n答案：B\n【拓展】\nA. 一是错误的\nB. 二是正确的"
    )
    assert first.explanation.endswith("3.19.00－16.52=2.48\nA 项：错。\nB、对的说法。")
    assert second.explanation == "A. 一是错误的\nB. 二是正确的"


def test_a_stem_broken_by_the_page_is_put_together():
    row = only(
        "1.要迈出的每一步都在推动时代的进步，而每一个人都在前进道\n路上迈出自己的一步。\n填入的是：\nA.一\nB.二\n答案：A"
    )
    assert row.stem == "要迈出的每一步都在推动时代的进步，而每一个人都在前进道路上迈出自己的一步。\n填入的是："


def test_a_passage_is_shared_until_its_last_question_or_the_next_heading():
    found = items(
        "根据以下资料，回答1-2题。\n2018年产值100亿元。\n地区\t产值\n甲\t50\n注：1、数据经过修正。\n2、2008年口径不同。\n"
        "1.总产值是？\nA.100亿\nB.50亿\n2.甲占比？\nA.50%\nB.20%\n3.无关的是？\nA.一\nB.二\n"
        "一、根据所给材料，回答下列题目。\n另一段材料。\n4.哪个对？\nA.一\nB.二\n二、单选题\n5.哪个错？\nA.一\nB.二"
    )
    materials = [item.material for item in found if isinstance(item, Row)]
    shared = "2018年产值100亿元。\n地区\t产值\n甲\t50\n注：1、数据经过修正。\n2、2008年口径不同。"
    assert materials == [shared, shared, "", "另一段材料。", ""]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("1.甲是谁？\nA.\nB.\nC.", "选项 A、B、C 是空的"),
        ("1.甲是谁？\nA.一", "只有一个选项"),
        ("1.甲是谁？\nA.一\nC.三\nD.四", "缺了选项 B"),
        ("1.甲是谁？\nA.一\nB.一", "有两个选项相同"),
        ("1.甲是谁？\n答案：C", "没有选项，只有答案字母"),
        ("1.甲是谁？\nA.一\nB.二\n答案：C", "答案里的 C 没有对应的选项"),
        ("1.甲是谁？（单选题）\nA.一\nB.二\n答案：AB", "单选题的答案不止一个字母"),
        ("1.【多选题】甲是谁？\nA.一\nB.二\n答案：A", "多选题的答案只有一个字母"),
        ("1.甲是（ A ）。\nA.一\nB.二\n答案：B", "题干里填的答案和后面写的答案不一样"),
        ("1.（ A ）和（ B ）是谁？\nA.一\nB.二", "题干里几个括号填的答案不一样，分不清"),
        ("1.甲是谁？\nA.一\nB.二\n答案：三", "答案不是选项字母，也不是选项的文字"),
        ("1." + "长" * 2001 + "？\nA.一\nB.二", "题干超过 2000 字"),
        ("1.根据原文，下列正确的是：\nA.一\nB.二", "题干说的文章不在题里"),
        ("1.这段文字意在说明：\nA.一\nB.二", "题干说的文章不在题里"),
        ("1.如右图所示，阴影的面积是：\nA.1\nB.2", "题干说的图不在文字里"),
        ("1.根据材料，产值是：\nA.1\nB.2", "题干说的材料不在题里"),
        ("1.排序正确的是：\n①甲\n③丙\nA.①②③\nB.③②①", "选项里的 ② 在题干里找不到"),
        ("二、简答题\n1.简述长江的作用。\n答：一是航运；二是灌溉。", "问答题没有唯一答案，未导入"),
    ],
)
def test_what_is_no_whole_question_is_rejected_with_its_reason(question, reason):
    assert reasons(f"9.好的一道题是？\nA.一\nB.二\n答案：A\n一、其他\n{question}") == [reason]


def test_a_question_without_a_key_is_kept_without_an_answer():
    assert only("1.甲是谁？\nA.一\nB.二").answer == ""


def test_blanks_to_fill_in_have_short_answers():
    first, second = rows("一、填空题\n1.我国的首都是____。\n答案：北京\n2.最长的河是____。")
    assert (first.kind, first.answer, second.kind, second.answer) == ("short", "北京", "short", "")


def test_of_a_question_in_parts_only_those_with_one_answer_are_rows():
    found = items(
        "三、综合探究题\n1. 《二泉映月》是民族器乐曲，请回答以下问题：\n(1) 该曲的主奏乐器是________。\n(2) 简述该曲的意境。\n"
        "(3) 它的作者是谁？\n\n参考答案：\n(1) 二胡\n(2) 凄美而坚韧。\n(3) 华彦钧\n解析：\n(1) 考查乐器。\n(2) 考查情感。\n(3) 考查作者。"
    )
    first, second, third = [item for item in found if isinstance(item, Row | Rejected)]
    assert isinstance(first, Row)
    assert (first.number, first.stem, first.answer, first.explanation) == (
        3,
        "《二泉映月》是民族器乐曲。该曲的主奏乐器是________。",
        "二胡",
        "考查乐器。",
    )
    assert isinstance(second, Rejected)
    assert isinstance(third, Row)
    assert (second.number, third.answer) == (4, "华彦钧")


def test_a_missing_last_option_is_noticed_where_all_others_have_it():
    whole = "".join(f"{number}.第{number}道题问的是？\nA.一\nB.二\nC.三\nD.四\n" for number in range(1, 12))
    assert reasons(f"{whole}12.最后一道是？\nA.一\nB.二\nC.三") == ["只有 3 个选项，像是漏了一个"]


def test_leftovers_of_a_removed_explanation_are_no_part_of_an_option():
    first, second = rows("1.甲是谁？\nA.一\nB.二\n故\n2.乙是谁？\nA.一\nB.二\nB 项，排除。故\n解题技巧：看清题目。")
    assert (first.options, second.options) == (("一", "二"), ("一", "二"))


def test_a_title_that_returns_on_each_page_does_not_cut_a_question():
    title = "2023年公务员考试试题及答案"
    found = items(f"{title}\n1.甲是谁？\nA.一\n{title}\nB.二\n答案：A\n{title}\n2.乙是谁？\nA.一\nB.二\n答案：B")
    assert [item.answer for item in found if isinstance(item, Row)] == ["A", "B"]


def test_scores_and_kinds_in_brackets_leave_the_stem():
    row = only("1. 【多选题】（2分）下列属于水果的有？\nA. 苹果\nB. 香蕉\nC. 石头\n答案：AB")
    assert (row.kind, row.stem) == ("multiple", "下列属于水果的有？")


def test_the_first_item_tells_how_the_paper_was_read():
    first = items("1.甲是谁？\nA.一\nB.二\n答案：A")[0]
    assert first == Layout("按试卷读，1 道题，答案跟在每道题后面", guessed=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.减肥不能只看体重。\n2.三体目标缺一不可。\n3.对减肥的重要性。\n1.1 三体目标\n1.2 能量守恒\n有的题很难。",
        "公告\n一、时间\n二、地点\n请准时参加。",
        "\n".join(f"{number}.第{number}条要点是这样的。" for number in range(1, 60)) + "\n60.是谁？\nA.一\nB.二",
    ],
)
def test_a_text_without_questions_is_refused(text):
    with pytest.raises(UnreadableFile, match="看起来不是题库"):
        items(text)


def test_a_very_long_line_takes_no_time():
    text = "1." + "A.甲 B、（ ）答案 " * 8000 + "\nA.一\nB.二\n2.乙是谁？\nA.一\nB.二\n答案：A"
    assert [item.answer for item in items(text) if isinstance(item, Row)] == ["A"]


def test_option_letters_may_be_small():
    text = [
        "1. 我国最长的河流是（ ）",
        "a. 黄河  b. 长江",
        "c. 珠江  d. 淮河",
        "答案：b",
        "2. 我国最大的岛是（ c ）",
        "a) 海南岛",
        "b) 崇明岛",
        "c) 台湾岛",
    ]
    rows = [item for item in read_lines(Line(at, line) for at, line in enumerate(text, 1)) if isinstance(item, Row)]
    assert [(row.options, row.answer) for row in rows] == [
        (("黄河", "长江", "珠江", "淮河"), "B"),
        (("海南岛", "崇明岛", "台湾岛"), "C"),
    ]
