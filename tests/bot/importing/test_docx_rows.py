import pytest

from bot.services.importing.docx_file import rows_of
from bot.services.importing.rows import Aside, Rejected, Row


def only(text: str):
    (item,) = rows_of([text])
    return item


@pytest.mark.parametrize(
    "line",
    [
        "世界上最大的宫殿是：->故宫",
        "世界上最大的宫殿是->故宫",
        "世界上最大的宫殿是:->故宫",
        " 世界上最大的宫殿是： -> 故宫 ",
        "世界上最大的宫殿是：－>故宫",
        "世界上最大的宫殿是：—>故宫",
        "世界上最大的宫殿是：－＞故宫",
        "世界上最大的宫殿是：- >故宫",
        "世界上最大的宫殿是：-->故宫",
        "世界上最大的宫殿是→故宫",
        "12、世界上最大的宫殿是：->故宫",
        "第3题 世界上最大的宫殿是：->故宫",
    ],
)
def test_every_way_of_writing_the_separator_gives_the_same_row(line):
    item = only(line)
    assert isinstance(item, Row)
    assert (item.stem, item.answer, item.kind) == ("世界上最大的宫殿是", "故宫", "short")


@pytest.mark.parametrize(
    ("line", "stem"),
    [
        ("3.5英寸的软盘容量是多少？->1.44MB", "3.5英寸的软盘容量是多少？"),
        ("17、18世纪欧洲文学的主流是->古典主义", "17、18世纪欧洲文学的主流是"),
        ("2003.8.2.中国龙队将与哪只球队进行比赛->皇家马德里", "2003.8.2.中国龙队将与哪只球队进行比赛"),
        ("88岁有个俗称，请问是什么？->米寿", "88岁有个俗称，请问是什么？"),
    ],
)
def test_a_number_that_may_belong_to_the_question_stays(line, stem):
    assert only(line).stem == stem


@pytest.mark.parametrize("answer", ["2:8:3", "3:0", "1/6", "9-10", "5月31日", "0.10", "\\", "￥", "C"])
def test_answers_stay_as_written(answer):
    assert only(f"问题是：->{answer}").answer == answer


def test_arrows_inside_an_answer_do_not_split_it():
    item = only("清朝掌握外交事务的机构，依次序正确的一组为->礼部→总理衙门→外交部")
    assert item.answer == "礼部→总理衙门→外交部"


def test_the_separator_after_the_colon_wins_over_others():
    item = only("从A->B的过程叫什么？->转化")
    assert (item.stem, item.answer) == ("从A->B的过程叫什么？", "转化")


def test_an_option_letter_stays_in_the_answer_and_the_bare_text_is_an_alias():
    item = only("安全火柴使用的是什么原料？ ->C.红磷")
    assert (item.answer, item.aliases) == ("C.红磷", ("红磷",))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("请将作家与作品连接起来（连线）->", "没有答案"),
        ("怎样判断蚊子是公是母？->？", "答案只有标点"),
        ("->故宫", "没有题干"),
        ("？：->故宫", "题干只有标点"),
        ("A->B->C->D", "有几个分隔符，分不清答案从哪里开始"),
        ("我国最长的河流是哪条？长江", "没有分隔符 ->，分不出答案"),
        ("1. 甲是谁？ 2.乙是谁？ 3.丙是谁？->丁", "一行里有好几道题，分不清答案是哪道的"),
        ("长" * 2001 + "->短", "题干超过 2000 字"),
    ],
)
def test_what_cannot_be_a_question_is_rejected_with_its_reason(line, reason):
    item = only(line)
    assert isinstance(item, Rejected)
    assert item.reason == reason


def test_titles_and_notes_are_asides_with_their_line_number():
    items = list(rows_of(["", "公务员考试常识40000题", "问：->答", "--本篇资料来源--"]))
    assert [type(item) for item in items] == [Aside, Row, Aside]
    assert [item.number for item in items] == [2, 3, 4]


def test_an_answer_on_the_next_line_is_taken():
    (item,) = rows_of(["世界上最长的山脉是：->", "安第斯山"])
    assert (item.number, item.stem, item.answer) == (1, "世界上最长的山脉是", "安第斯山")


def test_a_separator_on_the_next_line_is_taken():
    (item,) = rows_of(["世界上最长的山脉是哪座？", "->安第斯山"])
    assert (item.stem, item.answer) == ("世界上最长的山脉是哪座？", "安第斯山")


@pytest.mark.parametrize(
    "following", ["第二章 历史", "--资料来源：网络--", "谁写了《呐喊》？->鲁迅", "谁写了《呐喊》？", "二、地理"]
)
def test_a_heading_or_question_is_never_taken_for_the_answer_above(following):
    first, *_ = rows_of(["世界上最长的山脉是：->", following])
    assert isinstance(first, Rejected)


def test_a_blank_line_between_keeps_lines_apart():
    assert [type(item) for item in rows_of(["最长的山脉是：->", "", "安第斯山"])] == [Rejected, Aside]


def test_soft_breaks_within_a_paragraph_are_lines_when_several_questions_stand_there():
    items = list(rows_of(["甲是谁？->张三\n乙是谁？->李四", "丙是谁？->王五"]))
    assert [(item.number, item.answer) for item in items] == [(1, "张三"), (2, "李四"), (3, "王五")]
