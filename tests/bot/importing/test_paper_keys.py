"""Where the keys of a paper stand, and how they find their questions."""

from __future__ import annotations

import pytest

from bot.services.importing.papers import Line, read_lines
from bot.services.importing.rows import Aside, Item, Layout, Rejected, Row

TWO = "1.我国最长的河流是？\nA.黄河\nB.长江\n{}\n2.我国的首都是？\nA.北京\nB.上海\n{}"
SEVEN = "".join(f"{number}.第{number}道题问的是？\nA.一\nB.二\nC.三\nD.四\n" for number in range(1, 8))


def lines(text: str) -> list[Line]:
    return [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]


def items(text: str, key: str | None = None) -> list[Item]:
    return list(read_lines(lines(text), lines(key) if key is not None else None))


def rows(text: str, key: str | None = None) -> list[Row]:
    return [item for item in items(text, key) if isinstance(item, Row)]


def answers(text: str, key: str | None = None) -> list[str]:
    return [row.answer for row in rows(text, key)]


@pytest.mark.parametrize(
    "key",
    [
        "【答案】{}",
        "答案：{}",
        "答案:{}",
        "参考答案：\t{}",
        "正确答案：{}",
        "标准答案是：{}",
        "[答案]{}",
        "【参考答案】 {}",
        "【正确答案】：{}",
        "答案：{}。",
        "答案：（{}）",
        "答案  {}",
        "参考答案：\n{}",
        "答案\n{}",
        "我的答案：A  正确答案：{}",
        "【答案】{}【解析】因为如此。",
        "答案：{}。解析：因为如此。",
        "【答案】{} 项",
        "【解析】乙不对。故本题选{}",
        "【解析】乙不对。\n故正确答案为 {}。",
        "【解析】乙不对。\n因此，选择 {} 选项。",
    ],
)
def test_every_way_of_writing_the_key_under_a_question(key):
    assert answers(TWO.format(key.format("B"), key.format("A"))) == ["B", "A"]


def test_the_key_may_be_glued_to_the_last_option():
    first, second = rows("1.甲是谁？\nA.一\nB.晚风晴景不妨犁【答案】B\n2.乙是谁？\nA.一  B.二 答案：A")
    assert (first.options, first.answer) == (("一", "晚风晴景不妨犁"), "B")
    assert (second.options, second.answer) == (("一", "二"), "A")


@pytest.mark.parametrize("blank", ["（ B ）", "( B )", "（B  ）", "（    B  ）", "（Ｂ）", "___B___"])
def test_the_key_may_stand_in_the_blank(blank):
    row = rows(f"1、{blank}是基础和关键。\nA、改革\nB、发展")[0]
    assert (row.stem, row.answer) == (f"{'____' if '_' in blank else '（　）'}是基础和关键。", "B")


@pytest.mark.parametrize(
    "key", ["ABC", "CBA", "A#B#C", "A、B、C", "A,B,C", "A，C，B", "A B C", "a,b,c", "ＡＢＣ", "A;B;C", "A|B|C"]
)
def test_several_letters_in_any_order_make_a_multiple_choice(key):
    row = rows(f"1.哪些是水果？\nA.苹果\nB.梨\nC.桃\n答案：{key}")[0]
    assert (row.kind, row.answer) == ("multiple", "ABC")


def test_the_key_may_be_the_text_of_an_option():
    assert answers("1.最长的河是？\nA.黄河\nB.长江\n答案：长江。") == ["B"]


@pytest.mark.parametrize(
    ("key", "answer"), [("对", "正确"), ("√", "正确"), ("正确", "正确"), ("T", "正确"), ("×", "错误"), ("错", "错误")]
)
def test_statements_are_judged_in_words_and_signs(key, answer):
    row = rows(f"判断题\n1.天是蓝的。\n正确答案：{key}")[0]
    assert (row.kind, row.answer) == ("judge", answer)


def test_what_a_learner_answered_is_no_key():
    found = items("1.甲是谁？\nA.一\nB.二\n我的答案：A\n2.乙是谁？\nA.一\nB.二\n正确答案：B")
    assert [item.answer for item in found if isinstance(item, Row)] == ["", "B"]
    assert [item.excerpt for item in found if isinstance(item, Aside)] == ["我的答案：A"]


@pytest.mark.parametrize(
    "key",
    [
        "参考答案\n1-5 ABCDA\n6-7 BC",
        "参考答案：\n1—5：ABCDA 6—7：BC",
        "答案：1-5 ABCDA 6-7 BC",
        "1-5: A B C D A  6-7: BC",
        "【参考答案】\n1～5 ABCDA；6～7 BC",
        "答案\n1.A 2.B 3.C 4.D 5.A 6.B 7.C",
        "1、A；2、B；3、C；4、D；5、A；6、B；7、C",
        "参考答案\n1.A\n2.B\n3.C\n4.D\n5.A\n6.B\n7.C",
        "参考答案及解析\n1、参考答案：A\n2、参考答案：B\n3、答案：C\n4.【答案】D\n5．A\n6 、 B\n7、正确答案：C",
        "参考答案\n题号\t1\t2\t3\t4\t5\t6\t7\n答案\tA\tB\tC\tD\tA\tB\tC",
        "一、单项选择题答案\n1-7 ABCDABC",
        "参考答案\n一、单项选择题：1-5 ABCDA 6-7 BC",
    ],
)
def test_keys_at_the_end_are_put_to_their_numbers(key):
    assert answers(SEVEN + key) == ["A", "B", "C", "D", "A", "B", "C"]


def test_keys_at_the_end_may_explain_themselves():
    first, second = rows(
        "1.甲是谁？\nA.一\nB.二\n2.乙是谁？\nA.一\nB.二\n答案与解析\n1.【答案】A。解析：一是对的。\n1.其一\n2.其二\n2.B 【解析】二是对的。"
    )
    assert (first.answer, first.explanation) == ("A", "一是对的。\n1.其一\n2.其二")
    assert (second.answer, second.explanation) == ("B", "二是对的。")


def test_fewer_keys_than_questions_leave_the_rest_open_and_shift_nothing():
    assert answers(SEVEN + "参考答案\n1-3 ABC\n6.D") == ["A", "B", "C", "", "", "D", ""]


def test_a_range_with_too_few_letters_is_not_spread_over_its_numbers():
    assert answers(SEVEN + "参考答案\n1-5 ABC\n6-7 BC") == ["", "", "", "", "", "B", "C"]


def test_more_letters_than_options_prove_that_keys_are_of_other_questions():
    two = "".join(f"{number}.第{number}道题问的是？\nA.一\nB.二\n" for number in range(1, 8))
    assert answers(two + "参考答案\n1-7 DCDCABA") == [""] * 7


SECTIONS = (
    "一、单项选择题\n1.甲是谁？\nA.一\nB.二\n2.乙是谁？\nA.一\nB.二\n"
    "二、多项选择题\n1.丙是谁？\nA.一\nB.二\nC.三\n三、判断题\n1.天是蓝的。\n2.地是方的。\n"
)


@pytest.mark.parametrize(
    "key",
    [
        "参考答案\n一、单项选择题\n1.A 2.B\n二、多项选择题\n1.ABC\n三、判断题\n1.√ 2.×",
        "参考答案\n单选题：1.A 2.B\n多选题：1.ABC\n判断题：1.√ 2.×",
        "参考答案\n三、判断题\n1-2 √×\n二、多项选择题\n1.ABC\n一、单项选择题\n1-2 AB",
        "参考答案\n1.A\n2.B\n1.ABC\n1.对\n2.错",
        "参考答案\n一、单项选择题\n1、参考答案：A\n解析：一。\n2、答案：B\n二、多项选择题\n1、答案：ABC\n三、判断题\n1、答案：对\n2、答案：错\n解析：圆的。",
    ],
)
def test_keys_find_the_section_of_their_kind(key):
    assert answers(SECTIONS + key) == ["A", "B", "ABC", "正确", "错误"]


def test_keys_without_sections_are_not_put_to_sections_they_do_not_match():
    found = items(SECTIONS + "参考答案\n1.A\n2.B\n1.AB")
    assert [item.answer for item in found if isinstance(item, Row)] == [""] * 5
    assert found[0] == Layout("按试卷读，5 道题，没有答案，有的题号对不上", guessed=True)


def test_each_section_may_end_with_its_keys():
    text = "一、单选题\n1.甲是谁？\nA.一\nB.二\n2.乙是谁？\nA.一\nB.二\n答案：1-2 AB\n二、多选题\n1.丙是谁？\nA.一\nB.二\nC.三\n2.丁是谁？\nA.一\nB.二\nC.三\n答案：1.AB 2.AC"
    assert answers(text) == ["A", "B", "AB", "AC"]


@pytest.mark.parametrize(
    "key", ["1.B\n2.A", "答案\n1-2 BA", "2.A\n1.B\n", TWO.format("【答案】B", "【答案】A\n【解析】定都。")]
)
def test_keys_may_be_in_a_file_of_their_own(key):
    assert answers(TWO.format("", ""), key) == ["B", "A"]


def test_another_paper_with_keys_gives_them_only_to_the_same_questions():
    other = "1.我国最长的河流是？\nA.黄河\nB.长江\n答案：B\n2.世界上最高的山峰是哪一座？\nA.珠穆朗玛峰\nB.泰山\n答案：A"
    found = items(TWO.format("", ""), other)
    assert [item.answer for item in found if isinstance(item, Row)] == ["B", ""]
    assert found[0] == Layout("按试卷读，2 道题，答案在另一个文件里，按题号对上，有的题号对不上", guessed=True)


def test_keys_of_their_own_file_do_not_replace_those_in_the_paper():
    assert answers(TWO.format("答案：A", ""), "1.B\n2.A") == ["A", "A"]


def test_a_single_choice_with_several_letters_is_rejected():
    (rejected,) = [item for item in items("一、单选题\n1.甲是谁？\nA.一\nB.二\n答案：AB") if isinstance(item, Rejected)]
    assert rejected.reason == "单选题的答案不止一个字母"


def test_explanations_run_to_the_next_question_and_are_cut_at_a_sentence():
    sentence = "这一句解析正好说明了为什么不选别的选项。"
    first, second = rows(
        TWO.format("【答案】B\n【解析】第一步。\n\n【拓展】\nA 项：黄河第二。", f"答案：A\n解析：{sentence * 200}")
    )
    assert first.explanation == "第一步。\nA 项：黄河第二。"
    assert len(second.explanation) <= 2000
    assert second.explanation.endswith(sentence)


def test_keys_after_each_section_though_statements_have_no_options():
    text = (
        "一、单项选择题\n1. 首都是\nA. 北京 B. 上海\n2. 最长河流是\nA. 黄河 B. 长江\n答案：1.A 2.B\n"
        "二、判断题\n1. 太阳从东边升起。\n2. 月亮自己发光。\n答案：1.对 2.错\n"
        "三、多选题\n1. 直辖市有\nA. 北京 B. 上海 C. 广州\n2. 省会有\nA. 南京 B. 苏州 C. 杭州\n答案：1.AB 2.AC"
    )
    assert answers(text) == ["A", "B", "正确", "错误", "AB", "AC"]


def test_verdicts_under_a_heading_of_keys_stay_keys():
    text = (
        "一、单选题\n1. 首都是\nA. 北京 B. 上海\n2. 最长河流是\nA. 黄河 B. 长江\n"
        "二、判断题\n1. 太阳从东边升起。\n2. 月亮自己发光。\n"
        "参考答案\n一、单选题\n1.A 2.B\n二、判断题\n1. 正确。太阳确实从东边升起。\n2. 错误。月亮反射阳光。"
    )
    assert answers(text) == ["A", "B", "正确", "错误"]


def test_letters_of_one_key_may_stand_apart_in_a_list_of_keys():
    text = "1. 首都是\nA. 北京 B. 上海\n2. 直辖市有\nA. 北京 B. 上海 C. 广州\n3. 省会有\nA. 南京 B. 苏州 C. 杭州\n"
    assert answers(text + "参考答案：1、A 2、A、B 3、A,C") == ["A", "AB", "AC"]


def test_a_list_of_keys_ends_a_statement_to_judge():
    text = "1. 首都是\nA. 北京 B. 上海\n2. 最长河流是\nA. 黄河 B. 长江\n3. 水往低处流。\n参考答案：1、A 2、B 3、√"
    assert answers(text) == ["A", "B", "正确"]


@pytest.mark.parametrize(
    "key",
    ["题号\t1\t2\t3\n答案\tA\tB\tC", "答案\n1\t2\t3\nA\tB\tC", "参考答案\n题号\t1\t2\n答案\tA\tB\n题号\t3\n答案\tC"],
)
def test_tables_of_keys_with_and_without_names(key):
    text = "".join(f"{number}.第{number}道题问的是？\nA.一\nB.二\nC.三\nD.四\n" for number in range(1, 4))
    assert answers(text + key) == ["A", "B", "C"]


def test_what_is_not_to_be_chosen_is_no_conclusion():
    text = "1.下列说法正确的是？\nA.地球是方的\nB.地球是圆的\n解析：应选B。所以不选A。\n2.我国的首都是？\nA.北京\nB.上海\n答案：A"
    assert answers(text) == ["B", "A"]


def test_a_key_before_the_number_whatever_its_letter():
    text = "（B）1. 最长的河流是\nA. 黄河 B. 长江\n（A）2. 首都是\nA. 北京 B. 上海"
    assert [(row.stem, row.answer) for row in rows(text)] == [("最长的河流是", "B"), ("首都是", "A")]


def test_the_right_option_may_be_marked_as_survey_sites_export_it():
    text = "1. 首都是\nA. 北京(正确答案)\nB. 上海\n2. 省会有\nA. 南京（正确答案）\nB. 苏州\nC. 杭州（正确答案）"
    assert [(row.options, row.answer) for row in rows(text)] == [
        (("北京", "上海"), "A"),
        (("南京", "苏州", "杭州"), "AC"),
    ]


def test_a_marked_option_against_the_key_is_rejected():
    found = items("1. 首都是\nA. 北京(正确答案)\nB. 上海\n答案：B\n2. 最长河流是\nA. 黄河\nB. 长江\n答案：B")
    assert [item.reason for item in found if isinstance(item, Rejected)] == ["选项里标的正确答案和后面写的答案对不上"]


def test_circled_options_are_rejected_not_taken_for_an_answer_in_words():
    found = items("1. 首都是（　）\n①北京\n②上海\n答案：①\n2. 最长河流是\nA. 黄河\nB. 长江\n答案：B")
    assert [item.reason for item in found if isinstance(item, Rejected)] == ["选项标着 ①②③④，请改成 A、B、C、D"]


def test_scores_and_folds_of_web_pages_are_no_explanation():
    text = "1. 首都是\nA. 北京\nB. 上海\n正确答案：A\n得分：10.0分\n</details>\n2. 最长河流是\nA. 黄河\nB. 长江\n答案：B\n10.0分"
    assert [row.explanation for row in rows(text)] == ["", ""]
