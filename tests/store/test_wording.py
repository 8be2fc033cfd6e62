"""What counts as the same question."""

from hypothesis import given
from hypothesis import strategies as st

from store.wording import fingerprint, normal_form, option_set, stem_hash


def test_layout_does_not_change_a_question():
    base = normal_form("世界上最大的宫殿是")
    for same in (
        "世界上最大的宫殿是（    ）",
        "世界上最大的 宫殿是____。",
        "世界上最大的宫殿是？",
        "　世界上最大的宫殿是（　）",
    ):
        assert normal_form(same) == base


def test_full_width_and_case_fold():
    assert normal_form("ＷＴＯ成立于１９９５年") == normal_form("wto成立于1995年")


def test_what_changes_an_answer_stays():
    for one, other in [
        ("2:8:3", "283"),
        ("3.14", "314"),
        ("-5度", "5度"),
        ("5-3", "53"),
        ("1/2", "12"),
        ("10%", "10"),
        ("不正确的是", "正确的是"),
        ("a>b", "a<b"),
    ]:
        assert normal_form(one) != normal_form(other)


def test_options_in_any_order_are_one_question():
    assert fingerprint("首都是", ["北京", "上海"]) == fingerprint("首都是（ ）", ["上海。", "北京"])
    assert fingerprint("首都是", ["北京", "上海"]) != fingerprint("首都是", ["北京", "天津"])
    assert fingerprint("首都是", []) != fingerprint("首都是", ["北京", "上海"])


def test_options_of_signs_stay_apart():
    assert option_set(["√", "×"]) == option_set(["×", " √ "])
    assert option_set(["√", "×"]) != option_set(["○", "×"])


@given(st.text())
def test_normal_form_is_stable(text: str):
    once = normal_form(text)
    assert normal_form(once) == once
    assert -(2**63) <= stem_hash(text) < 2**63


@given(st.lists(st.text(min_size=1), max_size=6), st.randoms())
def test_fingerprint_ignores_order(options: list[str], random):
    shuffled = list(options)
    random.shuffle(shuffled)
    assert fingerprint("题", options) == fingerprint("题", shuffled)
