"""When a differently worded question is the bank's question, and when it is another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.matching.verifier import compare
from bot.services.reading import LETTERS, Reading, read
from store.bank import BankItem
from store.wording import option_form

POETS = ("李白", "杜甫", "白居易", "王维")
BOOKS = ("《诗经》", "《楚辞》", "《乐府诗集》", "《全唐诗》")


def item(
    stem: str, answer: str, options: tuple[str, ...] = (), *, kind: str = "", aliases: tuple[str, ...] = ()
) -> BankItem:
    return BankItem(
        id=1,
        kind=kind or ("single" if options else "short"),
        stem=stem,
        options=options,
        material="",
        answer=answer,
        aliases=aliases,
        explanation="",
        category="",
        source="",
        valid_until=None,
        status="active",
        stem_hash=0,
    )


def asked(stem: str, options: tuple[str, ...] = ()) -> Reading:
    return read("\n".join([stem, *(f"{LETTERS[at]}. {option}" for at, option in enumerate(options))]))


SHORT = item("我国最早的诗歌总集是哪部作品？", "《诗经》")
CHOICE = item("我国现存最早的诗歌总集是（　）。", "A", BOOKS)
LONG = item("被尊称为“诗圣”，其作品被誉为“诗史”的唐代现实主义诗人是（　）。", "B", POETS)
LAW = item("根据宪法，全国人民代表大会代表每届任期是（　）年。", "C", ("三年", "四年", "五年", "六年"))


@pytest.mark.parametrize(
    "text",
    [
        "我国最早的诗歌总集是",
        "中国最早的诗歌总集是什么？",
        "请问我国最早的诗歌总集是哪部作品",
        "我国最早的诗歌总集是哪一部作品呢？谢谢",
        "我国最早的诗歌总急是哪部作品",
        "我国最早的诗歌集总是哪部作品",
        "我国最早的的诗歌总集是哪部作品",
        "大佬们，我国最早的诗歌总集是哪部作品",
    ],
)
def test_other_words_for_the_same_question_are_seen_through(text: str) -> None:
    assert compare(asked(text), SHORT).hit, text


@pytest.mark.parametrize(
    "text",
    [
        "我国最早的散文总集是",
        "我国最大的诗歌总集是",
        "我国最早的诗歌总集是谁编的",
        "我国最早的诗歌总集成书于何时",
        "我国第二早的诗歌总集是",
        "法国最早的诗歌总集是",
        "诗歌总集",
        "最早的总集",
    ],
)
def test_another_question_is_not_answered(text: str) -> None:
    assert compare(asked(text), SHORT).hit is None, text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("中国共产党成立于1921年的哪座城市", "中国共产党成立于1927年的哪座城市"),
        ("下列属于行政处罚的是", "下列不属于行政处罚的是"),
        ("世界上最长的河流是哪条", "世界上最短的河流是哪条"),
        ("鸦片战争后签订的第一个条约", "鸦片战争后签订的最后一个条约"),
        ("唐代诗人李白的故乡", "唐代诗人李贺的故乡"),
        ("《红楼梦》的作者是谁", "《西游记》的作者是谁"),
        ("西汉的开国皇帝是谁", "东汉的开国皇帝是谁"),
        ("公民的基本权利包括哪些内容", "公民的基本权力包括哪些内容"),
        ("法治的基本要求是什么呢", "法制的基本要求是什么呢"),
        ("5吨以上集装箱的标准有哪些", "5吨以下集装箱的标准有哪些"),
        ("地面附近大气中氧约占多少", "地面附近大气中氩约占多少"),
        ("蜂属于哪一种翅膀类型", "蝉属于哪一种翅膀类型"),
        ("世界上最深的海沟是什么", "世界上最深的海沟位于什么大洋"),
        ("《巴黎圣母院》的作者是", "《巴黎圣母院》的作者是哪国人"),
        ("我国面积最大的淡水湖", "我国面积最大的淡水湖位于哪个省"),
        ("辛亥革命最早爆发于", "辛亥革命最早是在哪里爆发的"),
        ("国际标准交谊舞又称", "国际标准交谊舞又称体育舞蹈，它源于什么宫廷的舞会"),
        ("发射前半小时的准备工作", "发射后半小时的准备工作"),
    ],
)
def test_what_changes_the_answer_is_never_taken_for_a_slip(one: str, other: str) -> None:
    for bank, text in ((one, other), (other, one)):
        assert compare(asked(text), item(bank, "甲")).hit is None, (bank, text)


def test_numbers_are_equal_however_they_are_written() -> None:
    bank = item("中国共产党第一次全国代表大会召开于一九二一年的哪个月份", "七月")
    assert compare(asked("中国共产党第1次全国代表大会召开于1921年的哪个月份"), bank).hit
    assert compare(asked("中国共产党第1次全国代表大会召开于1922年的哪个月份"), bank).hit is None


def test_letters_follow_the_askers_order() -> None:
    shuffled = ("王维", "白居易", "杜甫", "李白")
    hit = compare(asked("被尊称为诗圣、作品被誉为诗史的唐代现实主义诗人是", shuffled), LONG).hit
    assert hit is not None
    assert (hit.letters, hit.options) == ("C", shuffled)


@pytest.mark.parametrize(
    "text",
    [
        "其作品被誉为“诗史”的唐代现实主义诗人是",
        "被尊称为“诗圣”的唐代现实主义诗人是",
        "12、（单选）被尊称为“诗圣”，其作品被誉为“诗史”的唐代现实主义诗人是（ ）",
        "被尊称为“诗圣”，其作品被誉为“恃史”的唐代现实主义诗人是",
        "被尊称为“诗圣”，其作品被誉为“诗史”的",
    ],
)
def test_with_the_same_options_a_cut_or_misread_sentence_is_enough(text: str) -> None:
    assert compare(asked(text, POETS), LONG).hit, text


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("被尊称为“诗仙”，其作品被誉为“诗史”的唐代浪漫主义诗人是", POETS),
        ("下列不属于唐代现实主义诗人的是", POETS),
        ("被尊称为“诗圣”，其作品被誉为“诗史”的唐代现实主义诗人是", ("李白", "杜甫", "白居易", "苏轼")),
        ("被尊称为“诗圣”，其作品被誉为“诗史”的唐代现实主义诗人是", POETS[:3]),
        ("诗人", POETS),
    ],
)
def test_other_options_or_another_stem_make_another_question(text: str, options: tuple[str, ...]) -> None:
    assert compare(asked(text, options), LONG).hit is None


def test_an_option_that_was_misspelt_is_still_that_option() -> None:
    hit = compare(asked("我国现存最早的诗歌总集是", ("《诗径》", "《楚辞》", "《乐府诗集》", "《全唐诗》")), CHOICE).hit
    assert hit is not None
    assert hit.letters == "A"


def test_options_of_numbers_alone_do_not_name_their_question() -> None:
    options = ("三年", "四年", "五年", "六年")
    assert compare(asked("全国人大每届任期", options), LAW).hit is None
    assert compare(asked("根据宪法全国人民代表大会代表每届任期是几年", options), LAW).hit


def test_a_stem_that_points_at_options_needs_them() -> None:
    pointing = item("下列说法正确的是（　）。", "A", ("天是蓝的", "草是红的", "水是方的", "火是冷的"))
    assert compare(asked("下列说法正确的是哪个"), pointing).why_not == "needs_options"
    assert compare(asked("以下说法正确的是", pointing.options), pointing).hit


def test_a_statement_is_judged_only_word_for_word() -> None:
    statement = item("全国人民代表大会是我国的最高国家权力机关。", "正确", kind="judge")
    assert compare(asked("全国人民代表大会是我国最高国家权力机关，对吗？"), statement).hit
    assert compare(asked("全国人民代表大会是我国的国家权力机关"), statement).hit is None
    assert compare(asked("全国人民代表大会是最高国家权力机关的常设机关"), statement).hit is None


def test_a_short_answer_among_pasted_options_is_named_by_its_letter() -> None:
    hit = compare(asked("中国最早的诗歌总集是", ("楚辞", "诗经", "论语")), SHORT).hit
    assert hit is not None
    assert (hit.match, hit.letters) == ("short_key", "B")
    assert compare(asked("中国最早的诗歌总集是", ("楚辞", "论语")), SHORT).hit is None


_WORDS = st.text("我国最早的诗歌总集是哪部作品不大小第一二三年A1、，。？（）《》", min_size=1, max_size=30)


@settings(max_examples=200, deadline=None)
@given(_WORDS, _WORDS, st.permutations(POETS))
def test_any_two_texts_are_compared_without_an_error_and_alike_either_way(
    one: str, other: str, options: list[str]
) -> None:
    forward = compare(Reading((other,), tuple(options), False), item(one, "B", POETS))
    assert 0 <= forward.score <= 1
    if forward.hit:
        assert option_form(forward.hit.options[LETTERS.index(forward.hit.letters)]) == "杜甫"


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 3000))
def test_two_different_numbers_are_always_two_questions(one: int, other: int) -> None:
    bank = item(f"我国在公元{one}年发生的重大历史事件是什么", "甲")
    hit = compare(asked(f"我国在公元{other}年发生的重大历史事件是什么"), bank).hit
    assert (hit is not None) is (one == other)
