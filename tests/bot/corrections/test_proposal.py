"""Reading a correction: which answer, which reason, and when two answers are the same."""

from __future__ import annotations

import time
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.corrections.proposal import MAX_ANSWER_CHARS, NotUnderstood, claim_of, split, understand

RIVERS = ("黄河", "长江", "珠江", "淮河")
WARS = ("第一次国内革命战争时期", "第二次国内革命战争时期", "第三次国内革命战争时期", "抗日战争时期的敌后战场")
OPTIONS = st.lists(
    st.one_of(
        st.sampled_from((*RIVERS, *WARS, "A", "AB", "GDP", "①②；③", "5%", "√")), st.text(min_size=1, max_size=12)
    ),
    min_size=0,
    max_size=8,
)


@pytest.mark.parametrize(
    ("text", "answer", "reason"),
    [
        ("C 理由：书上写的", "C", "书上写的"),
        ("C，理由:书上写的", "C", "书上写的"),
        ("C理由：书上写的", "C", "书上写的"),
        ("C因为书上写的", "C", "书上写的"),
        ("C（理由：书上写的）", "C", "书上写的"),
        ("C【书上写的】", "C", "书上写的"),
        ("C [书上写的]", "C", "书上写的"),
        ("C\n书上写的\n第三页", "C", "书上写的\n第三页"),
        ("C\n理由：书上写的", "C", "书上写的"),
        ("C 来源：第三页\n还有老师说的", "C", "第三页\n还有老师说的"),
        ("长江 根据教材第三页", "长江", "教材第三页"),
        ("长江，因为最长", "长江", "最长"),
        ("长江 出处 人教版", "长江", "人教版"),
        ("长江，见《地理》第三页", "长江", "《地理》第三页"),
        ("长江", "长江", ""),
        ("  ", "", ""),
        ("理由：书上写的", "", "书上写的"),
    ],
)
def test_the_reason_stands_behind_a_word_in_brackets_or_on_later_lines(text, answer, reason):
    assert split(text) == (answer, reason)


@pytest.mark.parametrize(
    "answer",
    [
        "井冈山革命根据地",
        "意见书",
        "偏见和歧视",
        "主要原因和次要原因",
        "法的来源",
        "一孔之见解",
        "宪法解析",
        "能源来源",
    ],
)
def test_an_answer_that_holds_such_a_word_stays_whole(answer):
    assert split(answer) == (answer, "")
    assert understand(answer, kind="short", options=()).words == answer


def test_a_code_in_brackets_is_no_reason():
    assert split("B [CQ:at,qq=all]") == ("B [CQ:at,qq=all]", "")


@pytest.mark.parametrize(
    "text",
    ["B", "b", "Ｂ", "B。", "选B", "选 b", "答案B", "答案：B", "应该是B", "应该选B", "正确答案是 B", "这题选B", "(B)", "B.长江",
     "B、长江", "（B）长江", "B长江", "长江", "应该是长江", "其实是长江", "选长江", " 长 江 "],
)  # fmt: skip
def test_one_option_is_understood_however_it_is_written(text):
    understood = understand(text, kind="single", options=RIVERS)
    assert (understood.letters, understood.words) == ("B", "长江")
    assert understood.claim == understand("B", kind="single", options=RIVERS).claim


@pytest.mark.parametrize(
    "text", ["AC", "ca", "A C", "A、C", "A和C", "A,C", "黄河；珠江", "黄河、珠江", "A. 黄河；C. 珠江"]
)
def test_several_options_are_understood(text):
    assert understand(text, kind="multiple", options=RIVERS).letters == "AC"


def test_letters_are_those_the_member_sees_and_the_claim_is_not():
    seen = understand("A", kind="single", options=("长江", "黄河"))
    assert seen.letters == "A"
    assert seen.claim == understand("B", kind="single", options=("黄河", "长江")).claim


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("E", "这道题只有 A 到 D，没有 E。"),
        ("AE", "没有 E"),
        ("尼罗河", "选项里没有「尼罗河」"),
        ("B 珠江", "B 是「长江」，不是「珠江」"),
        ("", "没看到正确答案"),
        ("。！", "没看到正确答案"),
        ("答案是", "没看到正确答案"),
        ("长" * (MAX_ANSWER_CHARS + 1), "太长了"),
    ],
)
def test_what_is_no_option_is_told(text, words):
    with pytest.raises(NotUnderstood, match=words):
        understand(text, kind="single", options=RIVERS)


@pytest.mark.parametrize(("text", "letters"), [("CPI", "B"), ("gdp", "A"), ("A", "A"), ("选WTO", "C")])
def test_an_option_of_latin_letters_is_named_by_its_text(text, letters):
    assert understand(text, kind="single", options=("GDP", "CPI", "WTO", "PPI")).letters == letters


def test_a_blood_group_is_its_text_and_a_single_letter_a_letter():
    groups = ("O", "AB", "A", "B")
    assert understand("AB", kind="single", options=groups).words == "AB"
    assert understand("A", kind="single", options=groups).words == "O"


@pytest.mark.parametrize(
    "text", ["选举权", "为人民服务", "填海造陆", "是非之心", "应天府", "正确处理人民内部矛盾", "选择性必修"]
)
def test_a_short_answer_keeps_its_first_word(text):
    assert understand(text, kind="short", options=()).words == text
    assert understand(text, kind="single", options=("其他内容", text)).letters == "B"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("应该是《汉书》", "《汉书》"),
        ("正确答案：司马迁。", "司马迁"),
        ("答案是司马迁", "司马迁"),
        ("应为1949年", "1949年"),
        ("：司马迁", "司马迁"),
        ("司马\n迁", "司马 迁"),
    ],
)
def test_a_short_answer_loses_what_leads_to_it(text, words):
    assert understand(text, kind="short", options=()).words == words


@pytest.mark.parametrize(
    ("text", "words"),
    [("对", "正确"), ("应该是对的", "正确"), ("是正确的", "正确"), ("√", "正确"), ("错", "错误"), ("应该是错的", "错误"),
     ("错误的", "错误"), ("不对", "错误"), ("答案是错误", "错误"), ("×", "错误")],
)  # fmt: skip
def test_right_and_wrong_in_their_many_words(text, words):
    understood = understand(text, kind="judge", options=())
    assert understood.words == words
    assert understood.claim == claim_of(words, choice=False)


def test_a_judgement_that_is_neither_is_told():
    with pytest.raises(NotUnderstood, match="写「对」或「错」"):
        understand("也许吧", kind="judge", options=())


def test_an_option_with_a_slip_of_the_pen_is_taken_but_never_another_number():
    options = ("中华人民共和国全国人民代表大会常务委员会", "国务院")
    assert understand("中华人民共和国全国人民代表大会常委员会", kind="single", options=options).letters == "A"
    for strange in ("第四次国内革命战争时期", "第4次国内革命战争时期"):
        with pytest.raises(NotUnderstood):
            understand(strange, kind="single", options=WARS)


@pytest.mark.parametrize(
    ("said", "option"),
    [
        ("应当在收到申请之日起10日内作出书面答复", "应当在收到申请之日起15日内作出书面答复"),
        ("应当在收到申请之日起十日内作出书面答复", "应当在收到申请之日起五日内作出书面答复"),
        ("必须经过全国人民代表大会批准后生效", "不须经过全国人民代表大会批准后生效"),
        ("应当由上级人民政府依照规定予以批准", "应当由下级人民政府依照规定予以批准"),
    ],
)
def test_texts_that_differ_in_what_matters_are_different(said, option):
    with pytest.raises(NotUnderstood):
        understand(said, kind="single", options=(option, "其他"))


@given(st.text(max_size=300), st.sampled_from(["short", "single", "multiple", "judge"]), OPTIONS)
def test_any_text_is_understood_or_refused(text, kind, options):
    answer, reason = split(text)
    assert isinstance(reason, str)
    for said in (text, answer):
        try:
            understood = understand(said, kind=kind, options=options)
        except NotUnderstood:
            continue
        assert set(understood.letters) <= set("ABCDEFGH"[: len(options)])
        assert bool(understood.letters) == bool(options)
        assert understood.words
        assert len(understood.claim) == 32


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60))
def test_a_claim_survives_spaces_width_and_case(text):
    try:
        claim = understand(text, kind="short", options=()).claim
    except NotUnderstood:
        return
    assert claim == understand(f"  {text}\t", kind="short", options=()).claim


@given(st.sampled_from(["长江 Yangtze", "5%", "abc DEF", "1949年10月1日", "《史记》", "HTTP 404"]), st.integers(0, 3))
def test_a_claim_is_the_same_in_full_width_and_spaced_out(text, spaces):
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
    claim = claim_of(text, choice=False)
    assert claim_of(wide, choice=False) == claim
    assert claim_of(text.swapcase(), choice=False) == claim
    assert claim_of((" " * spaces).join(text), choice=False) == claim
    assert claim_of(unicodedata.normalize("NFD", text), choice=False) == claim


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["", "年", "%", "条", "万元"]))
def test_different_numbers_are_different_claims(one, other, unit):
    same = claim_of(f"{one}{unit}", choice=False) == claim_of(f"{other}{unit}", choice=False)
    assert same == (one == other)


@pytest.mark.parametrize("filler", [" ", "　", "，", "(", "[", "是", "A", "A、", "答案", "理由", "\n", "1 ", "\t，"])
def test_two_thousand_characters_of_anything_are_read_quickly(filler):
    text = "A" + filler * (2000 // len(filler)) + "x"
    started = time.process_time()
    split(text)
    with suppress(NotUnderstood):
        understand(text, kind="single", options=RIVERS)
    assert time.process_time() - started < 0.5
