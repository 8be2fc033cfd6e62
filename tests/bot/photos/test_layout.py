"""Recognised lines to questions: letters, wrapping, furniture, several questions, torn ones."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.photos.layout import arrange
from bot.services.photos.text import TextLine
from bot.services.reading import read
from tests.bot.photos.typeset import SIZE, asked, lines, seen

FOUR = ("法家", "阴阳家", "名家", "墨家")
STEM = "公孙龙属于哪一家（）。"
WIDE = "战国时期以“白马非马”论闻名于当世的思想家"


def only(picture: str) -> tuple[str, tuple[str, ...]]:
    """Stem and options of the one question, which is whole."""
    (question,) = asked(picture)
    assert question.complete, question
    reading = read(question.text)
    return reading.stems[-1], reading.options


@pytest.mark.parametrize(
    "options",
    [
        "A.法家\nB.阴阳家\nC.名家\nD.墨家",
        "A.法家          B.阴阳家\nC.名家          D.墨家",
        "A.法家    B.阴阳家    C.名家    D.墨家",
        "A、法家\nB、阴阳家\nC、名家\nD、墨家",
        "（A）法家\n（B）阴阳家\n（C）名家\n（D）墨家",
        "Ⓐ法家\nⒷ阴阳家\nⒸ名家\nⒹ墨家",
        "○A法家\n○B阴阳家\n○C名家\n○D墨家",
        "OA.法家\n口B.阴阳家\n0C.名家\n□D.墨家",
        "A   法家\nB   阴阳家\nC   名家\nD   墨家",
        "A\n法家\nB\n阴阳家\nC\n名家\nD\n墨家",
        "A\n法家\nB.阴阳家\nC\n名家\nD.\n墨家",
        "A法家\nB阴阳家\nC名家\nD墨家",
        "A.法家\nB.阴阳家\nc.名家\nD.墨家",
        "A.法家\n8.阴阳家\nC.名家\n0.墨家",
        "4.法家\nB.阴阳家\nC.名家\nD.墨家",
        "A.法家\nB.阴阳家\n名家\nD.墨家",
        "法家\nB.阴阳家\nC.名家\nD.墨家",
        "A.法家\nB.阴阳家\nC.名家\n墨家",
        "A.法家          阴阳家\nC.名家          D.墨家",
        "A   法家\nB   阴阳家\n    名家\nD   墨家",
        "A   法家\nB   阴阳家\nC   名家\n    墨家",
        "A.法家 B.阴阳家 C.名家 D.墨家",
    ],
)
def test_options_come_back_however_they_are_set(options: str):
    stem, found = only(f"{STEM}\n{options}")
    assert found == FOUR
    assert stem.startswith("公孙龙属于哪一家")


def test_options_glued_to_the_stem_are_found():
    _, found = only("“初唐四杰”之首是____A、王勃B、杨炯C、李白D、杜甫")
    assert found == ("王勃", "杨炯", "李白", "杜甫")


def test_lines_that_wrap_are_joined_and_sentences_are_not():
    text = seen(f"{WIDE}\n公孙龙属于哪一派？\n另一句话。\n还有一句。").text
    assert text == f"{WIDE}公孙龙属于哪一派？\n另一句话。\n还有一句。"


def test_latin_words_keep_a_space_where_a_line_wraps():
    assert "artificial intelligence" in seen("下面这个英语术语的中文意思是 artificial\nintelligence 的是").text


def test_a_wrapped_option_goes_on_in_its_own_column():
    _, found = only(
        f"{STEM}\nA.但愿人长久          B.爆竹声中一岁除，春风送\n                     暖入屠苏\nC.遍插茱萸          D.金风玉露"
    )
    assert found == ("但愿人长久", "爆竹声中一岁除，春风送暖入屠苏".replace("，", ","), "遍插茱萸", "金风玉露")


def test_a_wrapped_option_is_not_taken_for_a_lost_letter():
    _, found = only(f"{STEM}\nA.法家\nB.{WIDE}\n公孙龙的那一派\nC.名家\nD.墨家")
    assert found == ("法家", f"{WIDE}公孙龙的那一派", "名家", "墨家")


def test_letters_named_in_a_stem_are_no_options():
    stem, found = only("A、B两地相距30公里，甲从A地出发（）。\nA.1\nB.2\nC.3\nD.4")
    assert found == ("1", "2", "3", "4")
    assert stem.startswith("A、B两地")


PHONE_TOP = "12:30              5G 85%\n返回        常识判断       答题卡\n第3/20题"
PHONE_BOTTOM = "上一题   收藏   交卷   下一题"


def test_the_phone_and_the_app_are_taken_off():
    stem, found = only(f"{PHONE_TOP}\n单选题   {STEM}\nA.法家\nB.阴阳家\nC.名家\nD.墨家\n\n{PHONE_BOTTOM}")
    assert (stem, found) == ("公孙龙属于哪一家()。", FOUR)


def test_a_title_under_the_bar_is_taken_off_and_a_short_stem_is_not():
    assert only(f"{PHONE_TOP}\n历史专项练习\n{STEM}\nA.法家\nB.阴阳家\nC.名家\nD.墨家")[0].startswith("公孙龙")
    assert only("12:30              5G 85%\n公孙龙属于\nA.法家\nB.阴阳家\nC.名家\nD.墨家") == ("公孙龙属于", FOUR)


def test_words_of_buttons_stay_where_they_are_options():
    _, found = only(f"浏览器左上角箭头的作用是（）。\nA.返回\nB.收藏\nC.分享\nD.设置\n{PHONE_BOTTOM}")
    assert found == ("返回", "收藏", "分享", "设置")


@pytest.mark.parametrize("counter", ["3/20", "第3题/共20题", "剩余时间 12:30", "00:15:08"])
def test_counters_beside_the_kind_are_taken_off(counter: str):
    (question,) = asked(f"单选题          {counter}\n{STEM}\nA.法家\nB.阴阳家\nC.名家\nD.墨家")
    assert question.text.startswith("【单选题】")
    assert "20" not in question.text
    assert read(question.text).stems[-1] == "公孙龙属于哪一家()。"


@pytest.mark.parametrize(
    "lead", ["【单选题】", "(单选题, 5.0分)", "单选题 ", "12.单选题：", "12. 【多选题】", "第12题 ", "12/20 "]
)
def test_kind_and_number_before_the_stem_are_told_from_it(lead: str):
    stem, found = only(f"{lead}{STEM}\nA.法家\nB.阴阳家\nC.名家\nD.墨家")
    assert (stem, found) == ("公孙龙属于哪一家()。", FOUR)


def test_answer_and_explanation_below_belong_to_no_question():
    picture = f"{STEM}\nA.法家\nB.阴阳家\nC.名家\nD.墨家\n\n正确答案：C  你的答案：A\n解析：公孙龙是名家。\nA项错误。\nA.法家是韩非。\nB.没有"
    assert only(picture)[1] == FOUR
    assert "公孙龙是名家" in seen(picture).text


def paper(*numbers: int, options: str = "A.法家\nB.阴阳家\nC.名家\nD.墨家") -> str:
    return "\n".join(f"{number}.第{number}道题的题干是什么（）。\n{options}" for number in numbers)


def test_numbered_questions_are_split():
    found = asked(f"一、单项选择题（每题1分，共20分）\n{paper(9, 10, 11)}")
    assert [question.complete for question in found] == [True] * 3
    assert [read(question.text).options for question in found] == [FOUR] * 3
    assert found[1].text.startswith("10.第10道题")


def test_unnumbered_questions_are_split_at_a_stem_after_whole_options():
    found = asked(
        "第一个问题是什么（）。\nA.法家\nB.阴阳家\nC.名家\nD.墨家\n\n第二个问题是什么（）。\nA.春\nB.夏\nC.秋\nD.冬"
    )
    assert [read(question.text).options for question in found] == [FOUR, ("春", "夏", "秋", "冬")]


def test_questions_without_options_are_split_by_their_numbers():
    found = asked("1.《共产党宣言》发表于1848年。\n2.印度独立后的首任总理是甘地。\n3.孔子是鲁国人。")
    assert [question.text[:2] for question in found] == ["1.", "2.", "3."]
    assert all(question.complete for question in found)


def test_the_name_of_the_kind_begins_a_question():
    options = "A.法家\nB.阴阳家\nC.名家\nD.墨家"
    found = asked(
        f"单选题   第一个问题是什么\n{options}\n多选题   第二个问题有哪些\n{options}\n答案：A\n判断题   孔子是鲁国人"
    )
    assert [question.text[:5] for question in found] == ["【单选题】", "【多选题】", "【判断题】"]


def test_kind_and_number_stand_in_either_order():
    found = asked(
        f"【单选题】1.{STEM}\nA.法家\nB.阴阳家\nC.名家\nD.墨家\n[单选题] 2、{STEM}\nA.法家\nB.阴阳家\nC.名家\nD.墨家"
    )
    assert [read(question.text).stems[-1] for question in found] == ["公孙龙属于哪一家()。"] * 2


def test_a_stem_that_begins_with_a_figure_is_told_from_its_number():
    options = "A.法家\nB.阴阳家\nC.名家\nD.墨家"
    found = asked(
        f"6.84消毒液的成分是（）。\n{options}\n7.12平均律的作者是（）。\n{options}\n8.谁是作者（）。\n{options}"
    )
    assert [question.complete for question in found] == [True] * 3
    assert [read(question.text).stems[-1] for question in found] == [
        "84消毒液的成分是()。",
        "12平均律的作者是()。",
        "谁是作者()。",
    ]
    assert only(f"3.14是圆周率的近似值吗（）。\n{options}")[0] == "3.14是圆周率的近似值吗()。"


@pytest.mark.parametrize("badge", ["单武热", "单选颗", "单武"])
def test_a_badge_that_is_misread_is_still_no_part_of_the_stem(badge: str):
    (question,) = asked(f"{badge}   {STEM}\nA.法家\nB.阴阳家\nC.名家\nD.墨家")
    assert read(question.text).stems[-1].startswith(badge), "as large as the stem it may be its beginning"
    small = [
        replace(line, box=(line.left, line.top + 5, line.right, line.bottom - 5)) if line.text == badge else line
        for line in lines(f"{badge}   {STEM}\nA.法家\nB.阴阳家\nC.名家\nD.墨家")
    ]
    assert read(arrange(small, SIZE).questions[0].text).stems[-1] == "公孙龙属于哪一家()。"


def test_a_degree_sign_that_is_read_twice_is_one():
    assert only("冰箱冷藏室的温度是（）。\nA.-18°°C\nB.-5°C\nC.4°°C\nD.15℃")[1] == ("-18°C", "-5°C", "4°C", "15°C")


def test_a_chat_around_the_question_is_taken_off():
    picture = f"21:08               4G 66%\n    公考交流群(328)\n昨天 下午3:20\n上岸小王\n{STEM}\nA.法家\nB.阴阳家\nC.名家\nD.墨家"
    assert only(picture) == ("公孙龙属于哪一家()。", FOUR)


def test_statements_in_a_stem_are_no_questions():
    (question,) = asked("7.下列说法正确的有几项？\n1.太阳从东边升起。\n2.水往低处流。\nA.0项\nB.1项\nC.2项\nD.3项")
    assert read(question.text).options == ("0项", "1项", "2项", "3项")
    (bare,) = asked("下列说法正确的有几项？\n1.太阳从东边升起。\n2.水往低处流。\nA.0项\nB.1项\nC.2项\nD.3项")
    assert bare.complete
    assert "水往低处流" in bare.text


def test_a_question_cut_off_at_the_top_is_torn():
    found = asked(f"B.阴阳家\nC.名家\nD.墨家\n{paper(10)}")
    assert [question.complete for question in found] == [False, True]
    assert asked(f"属于哪一家（）。\nA.法家\nB.阴阳家\nC.名家\nD.墨家\n{paper(10)}")[0].complete is False


def test_a_question_cut_off_at_the_bottom_is_torn():
    found = asked(f"{paper(9)}\n10.另一道题问的是什么（）。")
    assert [question.complete for question in found] == [True, False]
    found = asked(f"{paper(9)}\n10.另一道题问的是什么（）。\nA.法家\nB.阴阳家")
    assert [question.complete for question in found] == [True, False]


def test_one_option_alone_is_torn():
    (question,) = asked("15.他曾仅率800骑兵脱离大部队，追击敌军\n数百里，是（）。\nC.李广")
    assert not question.complete


def test_two_columns_of_a_page_are_read_one_after_the_other():
    left, right = paper(1, 2).splitlines(), paper(3, 4).splitlines()
    page = "\n".join(f"{one:　<20}      {other}" for one, other in zip(left, right, strict=True)).replace("　", "  ")
    found = asked(page, size=(2000, 2400))
    assert [question.text.splitlines()[0][:2] for question in found] == ["1.", "2.", "3.", "4."]
    assert [read(question.text).options for question in found] == [FOUR] * 4


def test_every_recognised_line_is_handed_on():
    picture = lines(f"{PHONE_TOP}\n{STEM}\nA.法家\nB.阴阳家")
    assert arrange(picture, SIZE).lines == tuple(picture)


def test_judgement_options_are_whole():
    assert only("孔子是鲁国人。\nA.正确\nB.错误")[1] == ("正确", "错误")


WORD = st.text("春夏秋冬东西南北金木水火土天地人和", min_size=1, max_size=7)


@given(
    stem=WORD.map(lambda word: f"{word}是指下列哪一项（）。"),
    options=st.lists(WORD, min_size=4, max_size=6, unique=True),
    lost=st.integers(0, 5),
    style=st.sampled_from(["{}.{}", "{}、{}", "{}．{}", "{}   {}", "（{}）{}"]),
    phone=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_whole_or_one_letter_short_the_options_are_the_same(stem, options, lost, style, phone):
    rows = [style.format("ABCDEF"[i], option) for i, option in enumerate(options)]
    if 1 <= lost < len(options) - 1:
        rows[lost] = style.format("", options[lost]).strip(".、．（） ")
        if "   " in style:
            rows[lost] = "    " + rows[lost]
    picture = "\n".join([stem, *rows])
    stem_found, found = only(f"{PHONE_TOP}\n{picture}\n{PHONE_BOTTOM}" if phone else picture)
    assert found == tuple(options)
    assert stem_found == stem.replace("（）", "()")


CELL = st.text("AB CD.、（）123题第单选/:：①天地人《》", min_size=1, max_size=12)
BOX = st.tuples(*[st.floats(0, 3000)] * 2, st.floats(1, 900), st.floats(1, 80))


@given(st.lists(st.tuples(CELL, BOX), max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_lines_give_questions_made_of_their_words(found):
    given_lines = [TextLine(text, (x, y, x + w, y + h), 0.9) for text, (x, y, w, h) in found]
    result = arrange(given_lines, (3000, 3000))
    assert result.lines == tuple(given_lines)
    available = "".join(text for text, _ in found)
    for question in result.questions:
        assert question.text.strip()
        # Not 题: a label that is misread is written out as the kind it names.
        for letter in set(question.text) & set("天地人第"):
            assert question.text.count(letter) <= available.count(letter)


def test_a_thousand_lines_take_no_time():
    rng_lines = [
        TextLine(f"{i}.一行字（）。A.春B.夏", (i % 7 * 90, i * 9.0, i % 7 * 90 + 400, i * 9.0 + 30), 0.9)
        for i in range(1000)
    ]
    # Of the processor: others may be at it meanwhile.
    started = time.process_time()
    arrange(rng_lines, (900, 9000))
    assert time.process_time() - started < 3
