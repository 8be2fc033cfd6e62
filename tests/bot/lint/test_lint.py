"""What the look over the bank finds, on a real database, and what it must leave alone."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.services import starter_bank
from bot.services.exporting import ExportFailed
from bot.services.lint import LintService
from bot.services.lint.chance import binomial_tail, evenness
from bot.services.lint.picture import draw
from bot.services.lint.report import MOST_EXAMPLES
from tests.questions import add

TODAY = date(2026, 11, 24)
WELL = {"explanation": "因为如此。"}


def single(stem: str, *options: str, answer: str = "A", **more) -> dict:
    return WELL | {"kind": "single", "stem": stem, "options": list(options), "answer": answer} | more


def short(stem: str, answer: str, **more) -> dict:
    return WELL | {"stem": stem, "answer": answer} | more


@pytest.fixture
def look(sessions):
    """Lint a bank of these questions: code of each rule with the ids of its examples."""

    async def find(*rows: dict) -> dict[str, list[tuple[int, ...]]]:
        await add(sessions, *rows)
        report = await LintService(sessions).lint(TODAY)
        return {finding.rule.code: [example.ids for example in finding.examples] for finding in report.findings}

    return find


async def test_sound_questions_are_left_alone(look):
    found = await look(
        single("我国的首都是哪座城市？", "北京", "上海", "广州", "以上都不是"),
        WELL | {"kind": "multiple", "stem": "四大发明包括哪些？", "options": ["纸", "火药", "电"], "answer": "AB"},
        WELL | {"kind": "judge", "stem": "长江是我国第一长河。", "answer": "正确"},
        short("《呐喊》的作者是谁？", "鲁迅", valid_until=TODAY + timedelta(days=31)),
        single("鲁迅和茅盾之中，写《呐喊》的是谁？", "鲁迅", "茅盾"),
        short("缺乏哪种维生素会得夜盲症？", "A"),
        short("哪位歌手名喆？", "陶喆"),
    )
    assert found == {}


async def test_broken_options_and_keys(look):
    found = await look(
        single("有两个选项相同的题目？", "北京", "北 京。", "上海"),
        single("有空白选项的一道题目？", "北京", " ", "上海"),
        single("只有一个选项的一道题目？", "北京"),
        single("选项里面什么都没有的题目？", "A", "B", "C", "D"),
        single("答案没有对应选项的题目？", "北京", "上海", answer="D"),
        single("单选题却有两个答案的题目？", "北京", "上海", answer="AB"),
        WELL | {"kind": "multiple", "stem": "多选题只有一个答案？", "options": ["甲", "乙"], "answer": "A"},
        WELL | {"kind": "judge", "stem": "这道判断题的答案不对。", "answer": "A"},
        single("选项里还带着字母的题目？", "A. 北京", "B. 上海"),
        single("总括的选项不在最后的题目？", "北京", "以上都对", "上海"),
    )
    assert found == {
        "options-broken": [(1,), (2,), (3,)],
        "options-letters-only": [(4,)],
        "key-broken": [(5,), (6,), (7,), (8,)],
        "option-lettered": [(9,)],
        "catch-all-not-last": [(10,)],
    }


async def test_dates_states_and_texts(look):
    found = await look(
        short("现任主席是哪一位？", "甲", valid_until=TODAY - timedelta(days=1)),
        short("现行税率是多少？", "百分之三", valid_until=TODAY),
        short("本届会议何时闭幕？", "月底", valid_until=TODAY + timedelta(days=30)),
        short("有争议的题目是什么？", "某某", status="disputed"),
        short("没有答案的题目是什么？", "", status="unanswered", explanation=""),
        short("没有解析的题目是什么？", "某物", explanation=" "),
        short("云？", "水汽"),
        short("云？", "水汽", material="有材料的短题干不算短", fingerprint="f" * 32),
        short("这是锟斤拷乱码的题？", "某物"),
        short("这是\ufffd乱码的题？", "某样东西"),
        short("這是誰寫的文章？", "魯迅"),
        short("《吶喊》的作者鲁迅原名什么，不是鲁迅？", "鲁迅"),
        short("已经停用的乱码题\ufffd", "", status="retired"),
    )
    assert found == {
        "expired": [(1,)],
        "expiring": [(2,), (3,)],
        "disputed": [(4,)],
        "unanswered": [(5,)],
        "explanation-missing": [(6,)],
        "stem-short": [(7,)],
        "garbled": [(9,), (10,)],
        "traditional": [(11,)],
        "answer-in-stem": [(12,)],
    }


async def test_keys_of_one_stem_that_cannot_all_be_right(look):
    found = await look(
        single("《呐喊》的作者是", "鲁迅", "茅盾"),
        single("《呐喊》的作者是：", "老舍", "鲁迅", "巴金"),
        short("《家》的作者是谁", "巴金"),
        single("《家》的作者是谁？", "巴金", "冰心"),
        single("下列最长的河流是", "黄河", "淮河"),
        single("下列最长的河流是？", "长江", "黄河"),
        short("材料的作者是谁？", "甲", material="一"),
        single("材料的作者是谁？", "乙", "甲", material="二"),
    )
    assert found == {"contradiction": [(1, 2)], "contradiction-relative": [(5, 6)]}


async def test_nearly_the_same_question(look):
    stem = "新中国成立以后颁布的第一部具有基本法律性质的法律是什么"
    found = await look(
        short(stem, "婚姻法"),
        short(f"{stem}呢", "《婚姻法》"),
        short(f"{stem}呢", "婚姻法", category="历史", fingerprint="e" * 32),
        short("国际歌的曲作者是哪位法国工人作曲家", "狄盖特"),
        short("《国际歌》曲作者是哪位法国工人作曲家？", "鲍狄埃"),
        short("民法典第一百条规定的是哪一项基本制度呢", "某制度"),
        short("民法典第二百条规定的是哪一项基本制度呢", "某制度"),
    )
    assert found == {"near-duplicate": [(1, 2)], "near-other-answer": [(4, 5)]}


async def test_giveaways_of_a_category(look):
    lopsided = [
        single(f"第{n}号完全不同的问题甲{n * 7919}是？", f"很长很长的正确选项{n}", f"短{n}", f"小{n}", category="法律")
        for n in range(40)
    ]
    even = [
        single(
            f"第{n}号另外一种问题乙{n * 6007}是？", *(f"{n}选{letter}" for letter in "甲乙丙丁"), answer="ABCD"[n % 4]
        )
        | {"category": "历史"}
        for n in range(40)
    ]
    judged = [
        WELL | {"kind": "judge", "stem": f"第{n * 104729}号论断是成立的。", "answer": "正确", "category": "人文"}
        for n in range(30)
    ]
    found = await look(*lopsided, *even, *judged)
    assert found.keys() == {"key-longest", "letters-uneven", "judgements-uneven"}


async def test_the_words_name_category_counts_and_chance(sessions):
    await add(
        sessions,
        *(single(f"第{n * 7919}号问题是？", f"很长很长的正确选项{n}", f"短{n}", answer="AB"[0]) for n in range(20)),
    )
    report = await LintService(sessions).lint(TODAY)
    (longest,) = [finding for finding in report.findings if finding.rule.code == "key-longest"]
    assert longest.examples[0].detail.startswith("法律：20 题里 20 题（100%）选最长的就对，靠猜应是 50%")
    assert longest.examples[0].detail.endswith("1e-06")


async def test_an_answer_given_too_often(look):
    stems = ["《史记》", "《汉书》", "长城", "故宫", "兵马俑"]
    rows = [short(f"{name}属于哪个国家的文化遗产？", "中国") for name in stems]
    assert (await look(*rows)).keys() == {"frequent-answer"}


async def test_only_the_category_asked_for_is_looked_at(sessions):
    await add(sessions, short("乱码\ufffd的题目？", "某物"), short("没有问题的题目？", "某物", category="历史"))
    report = await LintService(sessions).lint(TODAY, categories=("历史",))
    assert (report.total, report.findings, report.has_errors) == (1, [], False)
    assert (await LintService(sessions).lint(TODAY)).has_errors


async def test_counts_go_on_where_examples_end(sessions):
    await add(sessions, *(short(f"第{n * 7919}号没有解析的题？", f"答{n}", explanation="") for n in range(150)))
    report = await LintService(sessions).lint(TODAY)
    (finding,) = report.findings
    assert (finding.count, len(finding.examples)) == (150, MOST_EXAMPLES)
    assert report.by_category() == {"法律": 150}
    assert report.by_difficulty()[-1] == (None, 150)


async def test_the_starter_bank_is_free_of_errors(sessions):
    await starter_bank.load(sessions)
    report = await LintService(sessions).lint(TODAY)
    assert report.total > 700
    assert not report.has_errors


async def test_the_picture_is_drawn_and_not_overwritten(sessions, tmp_path):
    await add(sessions, *(short(f"第{n}号题？", f"答{n}", category=f"类别#{n}*很长的名字") for n in range(30)))
    report = await LintService(sessions).lint(TODAY)
    place = tmp_path / "a.png"
    draw(report, TODAY, place, force=False)
    with Image.open(place) as picture:
        assert picture.format == "PNG"
        assert picture.width > 1000
    with pytest.raises(ExportFailed, match="已经在了"):
        draw(report, TODAY, place, force=False)


def test_probabilities_are_those_of_the_tables():
    assert binomial_tail(8, 10, 0.5) == pytest.approx(56 / 1024)
    assert binomial_tail(1, 3, 0.25) == pytest.approx(1 - 0.75**3)
    assert binomial_tail(300_000, 1_000_000, 0.25) < 1e-300
    assert evenness([10, 10, 10, 10]) == 1
    # Critical values of chi-square at 5 %.
    for degrees, value in ((1, 3.841), (2, 5.991), (3, 7.815), (4, 9.488), (7, 14.067)):
        count, total = degrees + 1, 10_000 * (degrees + 1)
        step = (value * 10_000 / 2) ** 0.5
        counts = [10_000 + step, 10_000 - step, *[10_000] * (count - 2)]
        assert sum(counts) == pytest.approx(total)
        assert evenness(counts) == pytest.approx(0.05, abs=1e-4)


@given(st.integers(1, 200), st.integers(0, 200), st.floats(0.05, 0.95))
def test_a_tail_is_a_probability_and_falls(trials, hits, chance):
    tail = binomial_tail(hits, trials, chance)
    assert 0 <= tail <= 1
    assert binomial_tail(hits + 1, trials, chance) <= tail + 1e-12
