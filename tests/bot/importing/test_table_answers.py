import pytest

from bot.services.importing.keys import BadKey
from bot.services.importing.tables.answers import chosen, is_truth_pair, judged
from bot.services.importing.tables.kinds import heading, named_kind, without_kind
from bot.services.importing.tables.names import option_position, role_of
from bot.services.importing.tables.options import bare_options
from bot.services.importing.tables.stems import Numbering, without_credits

OPTIONS = ("北京", "上海", "O型", "以上都对")


@pytest.mark.parametrize(
    ("answer", "kind", "key"),
    [
        ("b", "single", "B"),
        ("Ｂ", "single", "B"),
        ("答案：C", "single", "C"),
        ("故选D。", "single", "D"),
        ('["A"]', "single", "A"),
        ("DBA", "multiple", "ABD"),
        ("A#B#C", "multiple", "ABC"),
        ("A、C和D", "multiple", "ACD"),
        ("a,b", "multiple", "AB"),
        ("上海", "single", "B"),
        ("B、上海", "single", "B"),
        ("北京；O型", "multiple", "AC"),
        ("A.北京\nC.O型", "multiple", "AC"),
    ],
)
def test_every_way_of_giving_a_key(answer: str, kind: str, key: str) -> None:
    assert chosen(None, answer, OPTIONS) == (kind, key)


@pytest.mark.parametrize("answer", ["E", "广州", "B、北京", "北京；广州", "略", "1"])
def test_what_is_no_key_is_refused(answer: str) -> None:
    with pytest.raises(BadKey):
        chosen(None, answer, OPTIONS)


@pytest.mark.parametrize(
    ("answer", "options", "said"),
    [
        ("A", ("错误", "正确"), "错误"),
        ("B、正确", ("错误", "正确"), "正确"),
        ("√", (), "正确"),
        ("T", (), "正确"),
        ("false", (), "错误"),
        ("0", (), "错误"),
        ("错。", ("对", "错"), "错误"),
    ],
)
def test_every_way_of_judging(answer: str, options: tuple[str, ...], said: str) -> None:
    assert judged(answer, options) == said


def test_right_and_wrong_as_options() -> None:
    assert is_truth_pair(("错", "对"))
    assert is_truth_pair(("T", "F"))
    assert not is_truth_pair(("x", "y"))
    assert not is_truth_pair(("正确", "错误", "不清楚"))


def test_letters_of_options_are_taken_off_only_where_they_are_letters() -> None:
    assert bare_options(["A.甲", "乙", "C.  丙", "D"]) == ("甲", "乙", "丙")
    assert bare_options(["H", "B", "HB", "2B"]) == ("H", "B", "HB", "2B")
    assert bare_options(["A型", "B型", "AB型", "O型"]) == ("A型", "B型", "AB型", "O型")
    assert bare_options(["C.罗纳尔多", "梅西"]) == ("C.罗纳尔多", "梅西")
    assert bare_options(["B.乙", "A.甲", "C.丙"]) == ("甲", "乙", "丙")
    assert bare_options(["A 苹果", "B 梨"]) == ("苹果", "梨")
    assert bare_options(["A", "B", "C", "D"]) == ()


def test_names_of_columns_and_kinds() -> None:
    assert [role_of(name) for name in ("题 干*", "正确答案（必填）", "选项 D", "D", "Option_2", "2", "心得")] == [
        *("stem", "answer", "option", "option", "option", None, None)
    ]
    assert [option_position(name) for name in ("选项三", "f", "选项1", "1")] == [2, 5, 0, None]
    assert [named_kind(name) for name in ("单项选择", "多选", "不定项选择题", "是非题", "填空", "选择题", "历史")] == [
        *("single", "multiple", "any", "judge", "short", "any", None)
    ]
    assert without_kind("【多选题】城市有") == ("城市有", "multiple")
    assert heading("二、判断题（共 10 题，每题 1 分）") == (True, "judge")
    assert heading("二、下列说法正确的是（）") == (False, None)


def test_running_numbers_are_told_from_numbers_of_the_question() -> None:
    numbering = Numbering(numbered=True)
    stems = ["8、甲是", "9、2019年发生了", "10.3.15晚会是", "1990年亚运会", "11．“五四”", "2001、不是年份的话"]
    assert [numbering.take_off(stem) for stem in stems] == [
        *("甲是", "2019年发生了", "10.3.15晚会是", "1990年亚运会", "“五四”", "2001、不是年份的话")
    ]
    assert Numbering(numbered=False).take_off("2001、不是年份的话") == "2001、不是年份的话"


def test_credits_go_and_questions_about_them_stay() -> None:
    assert without_credits("____是首都（组织：甲 出题：某大学（北京））") == "____是首都"
    assert without_credits("试用期不得超过（ ）出题：人力部") == "试用期不得超过（ ）"
    assert without_credits("平均每日摄入量的推荐是____") == "平均每日摄入量的推荐是____"
    assert without_credits("由（推荐委员会）选出的是") == "由（推荐委员会）选出的是"
