"""What counts as right: the key always, another option never, and how models really write."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inference.chat_template import holds_control_tokens
from inference.prompts import LETTERS, answer_text
from store.wording import normal_form
from training.evaluation.items import Item
from training.evaluation.scoring import Score, score

OPTIONS = ("太平天国", "辛亥革命", "戊戌变法", "洋务运动")


def choice(answer: str, options: tuple[str, ...] = OPTIONS) -> Item:
    words = "；".join(options[LETTERS.index(letter)] for letter in answer)
    kind = "single" if len(answer) == 1 else "multiple"
    return Item("1", kind, "历史", "题", answer, options, (words,))


def short(*accepted: str) -> Item:
    return Item("1", "short", "历史", "题", accepted[0], accepted=accepted)


def judge(answer: str) -> Item:
    return Item("1", "judge", "历史", "题", answer, accepted=("对" if answer == "正确" else "错",))


@pytest.mark.parametrize(
    "reply",
    [
        "B",
        "b. 辛亥革命".upper(),
        "Ｂ．辛亥革命",
        "B。",
        "(B)",
        "（B）辛亥革命",
        "【B】",
        "B、辛亥革命",
        "B 辛亥革命",
        "B辛亥革命",
        "**B. 辛亥革命**",
        "「B. 辛亥革命」",
        "选B",
        "我选 B。",
        "选择B项",
        "应选B",
        "答案：B",
        "答案是B. 辛亥革命",
        "答案是 B，因为 A 项是 1851 年的事。",
        "正确答案是：B",
        "答案为辛亥革命",
        "辛亥革命",
        "辛亥革命。",
        "是辛亥革命，1911 年。",
        "B. 辛亥革命\n1911 年武昌起义。A 项太平天国失败于 1864 年。",
        "B. 辛亥革命\nA. 太平天国：1851 年；C. 戊戌变法：1898 年。",
        "<think>\n\n</think>\n\nB. 辛亥革命",
        "<think>可能是 A？不，选 C？</think>B. 辛亥革命",
        "这道题问清朝的结束。\n所以选B。",
        "B选项正确。",
        "B项",
        "不是戊戌变法，是辛亥革命",
    ],
)
def test_ways_to_say_the_right_option(reply: str) -> None:
    assert score(choice("B"), reply).right


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "   ",
        "C",
        "A. 太平天国",
        "AB",
        "A、B",
        "A和B",
        "B. 辛亥革命；C. 戊戌变法",
        "B. 戊戌变法",
        "B戊戌变法",
        "选B或选C",
        "B. 辛亥革命\n所以答案是C",
        "答案是 A，不是 B",
        "不选B",
        "不是辛亥革命",
        "辛亥革命和戊戌变法",
        "没有把握",
        "没有把握，可能是 B",
        "<think>B. 辛亥革命",
        "Bridge",
        "ABCD",
        "E",
        "A项错误，B项错误",
        "B错误",
    ],
)
def test_what_is_no_right_answer(reply: str) -> None:
    assert not score(choice("B"), reply).right


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        ("A. 太平天国；C. 戊戌变法", True),
        ("AC", True),
        ("CA", True),
        ("A、C", True),
        ("A,C", True),
        ("A C", True),
        ("A和C", True),
        ("选AC。", True),
        ("答案：A、C", True),
        ("A. 太平天国\nC. 戊戌变法\n都在 19 世纪。", True),
        ("太平天国；戊戌变法", True),
        ("太平天国、戊戌变法", True),
        ("A", False),
        ("ABC", False),
        ("A. 太平天国", False),
        ("A. 太平天国；B. 辛亥革命", False),
        ("A. 太平天国；C. 洋务运动", False),
        ("太平天国", False),
    ],
)
def test_several_letters(reply: str, right: bool) -> None:
    assert score(choice("AC"), reply).right is right


def test_options_that_look_like_letters_and_numbers() -> None:
    assert score(choice("C", ("CT", "核磁", "B超")), "B超").right
    assert score(choice("C", ("CT", "核磁", "B超")), "C. B超").right
    assert not score(choice("B", ("CT", "核磁", "B超")), "B超").right
    assert score(choice("A", ("3", "13", "23")), "A. 3").right
    assert score(choice("B", ("CPI", "GDP")), "B.GDP").right
    assert score(choice("B", ("CPI", "GDP")), "答案是GDP。").right
    assert not score(choice("A", ("3", "1.3")), "是1.3").right
    assert not score(choice("A", ("3", "13", "23")), "13").right
    assert score(choice("B", ("甲", "甲乙")), "甲乙").right
    assert not score(choice("A", ("甲乙", "甲乙丙")), "甲乙丙").right
    assert score(choice("A", ("√", "×")), "A. √").right


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        *((text, True) for text in ("对", "对。", "正确", "√", "「对」", "答案：对", "这个说法是正确的。", "是的", "对\n错在……没有")),
        *((text, False) for text in ("错", "错误", "不对", "不正确", "×", "该说法错误", "这句话是错的", "答案是错", "说法有误")),
        *((text, None) for text in ("", "不知道", "没有把握", "对错难说", "对\n所以答案是错", "这要看情况")),
    ],
)  # fmt: skip
def test_judging(reply: str, says: bool | None) -> None:
    assert score(judge("正确"), reply).right is (says is True)
    assert score(judge("错误"), reply).right is (says is False)


@pytest.mark.parametrize(
    ("reply", "right", "exact"),
    [
        ("李白", True, True),
        ("李白。", True, True),
        ("青莲居士\n字太白。", True, True),
        ("答案是李白", True, True),
        ("李白（也叫青莲居士）", True, True),
        ("作者是李白。", True, False),
        ("李白，字太白，号青莲居士", True, False),
        ("《静夜思》的作者是唐代诗人“李白”。", True, False),
        ("不是李白", False, False),
        ("不是杜甫，是李白", True, False),
        ("李白不是作者", False, False),
        ("李白、杜甫", False, False),
        ("李白或者杜甫", False, False),
        ("可能是李白", False, False),
        ("除了李白以外的人", False, False),
        ("李白石", False, False),
        ("杜甫", False, False),
        ("杜甫\n李白的朋友", False, False),
        ("没有把握", False, False),
        ("没有把握，也许是李白", False, False),
        ("", False, False),
    ],
)
def test_short_answers(reply: str, right: bool, exact: bool) -> None:
    found = score(short("李白", "青莲居士"), reply)
    assert (found.right, found.exact) == (right, exact)


def test_numbers_are_not_found_within_numbers() -> None:
    assert score(short("1911年"), "1911 年").exact
    assert score(short("11年"), "公元 11年。").right
    assert not score(short("911年"), "是1911年").right
    assert not score(short("5"), "第5个").right


def test_the_first_line_as_it_was_asked_for() -> None:
    def formatted(item: Item, reply: str) -> bool | None:
        return score(item, reply).formatted

    assert formatted(choice("B"), "B. 辛亥革命\n因为如此。") is True
    assert formatted(choice("B"), "C. 戊戌变法") is True
    for reply in ("B", "选B", "B. 辛亥革命，1911 年", "辛亥革命", "B. 戊戌变法", ""):
        assert formatted(choice("B"), reply) is False
    assert formatted(choice("AC"), "A. 太平天国；C. 戊戌变法\n理由") is True
    assert formatted(choice("AC"), "A. 太平天国；戊戌变法") is False
    assert formatted(judge("正确"), "对\n理由") is True
    assert formatted(judge("正确"), "正确") is False
    assert formatted(short("李白"), "杜甫") is True
    assert formatted(short("李白"), "答案是李白") is False
    assert formatted(choice("B"), "没有把握") is True
    assert formatted(choice("B"), "") is False


def test_declining_and_guard_items_are_scored_by_their_own_rules() -> None:
    unknown = Item("1", "decline", "invented", "问", accepted=("没有把握",))
    assert score(unknown, "没有把握") == Score(True, True, None)
    assert not score(unknown, "张三").right
    assert not score(unknown, "").right
    rule = {"type": "one_of", "any": ["懒惰"]}
    guard = Item("lang-001", "guard", "language", "问", accepted=("懒惰",), check=rule)
    assert score(guard, "懒惰。") == Score(True, True, None)
    assert not score(guard, "勤劳").right


words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12).filter(
    lambda text: normal_form(text) != "" and text.strip() == text and not holds_control_tokens(text)
)
chinese = st.text(st.sampled_from("甲乙丙丁戊天地人不是非没有错对选答案项的和或与A BCD1290，。；、（）《》"), min_size=1, max_size=8).filter(
    lambda text: normal_form(text) != "" and text.strip() == text
)  # fmt: skip
options = st.lists(words | chinese, min_size=2, max_size=6, unique_by=normal_form).map(tuple)


@given(options=options, data=st.data())
def test_the_key_always_scores_and_another_choice_never(options: tuple[str, ...], data: st.DataObject) -> None:
    letters = LETTERS[: len(options)]
    choices = st.sets(st.sampled_from(letters), min_size=1).map(lambda found: "".join(sorted(found)))
    one = st.sampled_from(letters)
    key, other = data.draw(st.one_of(st.tuples(one, one), st.tuples(choices, choices)))
    item = choice(key, options)
    found = score(item, answer_text(item.kind, key, options, explanation="这是理由，别的都说不通。"))
    assert found == Score(True, True, True)
    assume(other != key)
    assert not score(item, answer_text("multiple" if len(other) > 1 else "single", other, options)).right
    assert not score(item, other).right


@given(words | chinese)
def test_a_short_key_always_scores(answer: str) -> None:
    assert score(short(answer), answer).exact


@given(words, words)
def test_another_short_answer_never_scores(answer: str, other: str) -> None:
    assume(normal_form(answer) not in normal_form(other))
    assert not score(short(answer), other).right
