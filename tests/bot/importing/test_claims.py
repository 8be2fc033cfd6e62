import pytest

from bot.services.importing.keys import answer_text, claim


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5%", "0.05"),
        ("1.50", "1.5"),
        ("对", "正确"),
        ("×", "错误"),
        ("Ｏ２", "o2"),
        ("《呐喊》", "呐喊。"),
        ("９个", "9 个"),
    ],
)
def test_one_answer_written_two_ways_claims_the_same(one, other):
    assert claim(one, choice=False) == claim(other, choice=False)


@pytest.mark.parametrize(
    ("one", "other"), [("5", "5%"), ("-5", "5"), ("2:8:3", "283"), ("1.5", "15"), ("对", "错"), ("1949", "1949年")]
)
def test_different_answers_claim_different_things(one, other):
    assert claim(one, choice=False) != claim(other, choice=False)


def test_keys_in_words_do_not_depend_on_the_order_of_the_options():
    assert answer_text("AC", ["甲", "乙", "丙"]) == answer_text("BC", ["乙", "丙", "甲"]) == "丙；甲"
