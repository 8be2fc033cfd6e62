"""What superusers read of rounds in a chat."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.services.rounds import words
from paper.rounds.facts import facts_of
from paper.rounds.words import STATUS
from tests.rounds import row_of, steps_of, verdict

DONE = steps_of()
JUDGED = steps_of(judged=verdict())


@pytest.mark.parametrize(
    ("status", "last"),
    [
        ("ready", "上线发 /发布 7。"),
        ("failed", "改好以后发 /训练 继续 7，从断的地方接着做。"),
        ("cancelled", "想接着做，发 /训练 继续 7。"),
    ],
)
def test_the_end_says_what_can_be_done(status: str, last: str):
    text = words.end_text(facts_of(row_of(status, problem="显存不够。"), DONE))
    assert text.splitlines()[-1] == last
    assert text.startswith(f"第 7 轮{STATUS[status]}，用时 1 分 36 秒。")


def test_a_round_that_passed_shows_each_line_of_the_gate():
    told = verdict(passed=True, worst=0)
    lines = words.end_text(facts_of(row_of("ready", verdict=told), JUDGED)).splitlines()
    assert [line[:7] for line in lines[1:4]] == ["✓ 纠错过的题", "✓ 容易混的题", "△ 该说没有把"]
    assert "没有量到" not in "\n".join(lines)


def test_a_rejected_round_names_what_failed_and_the_worst_of_what_is_lost():
    text = words.end_text(facts_of(row_of(verdict=verdict()), JUDGED))
    assert text.splitlines() == [
        "第 7 轮没过门槛，不会上线，用时 2 分 46 秒。",
        "✗ 容易混的题：比现在的模型 -4.8 个百分点（95% 区间 -7.0 到 -2.6），确实变差了。",
        "✓ 另外 2 条过了。",
        "原来对、现在错的有 37 道，先看 3 道，10 道在图里：",
        *(
            line
            for at in (1, 2, 3)
            for line in (
                f"{at}. {at}. 我国古代四大发明中，最早见于文献记载的是哪一项？ A. 造纸术 …",
                "　应答 A. 造纸术；现在 D. 活字印刷术",
            )
        ),
    ]


def test_few_regressions_are_all_told():
    told = verdict(worst=2) | {"regressions": 2}
    text = words.end_text(facts_of(row_of(verdict=told), JUDGED))
    assert "原来对、现在错的有 2 道：" in text


def test_the_card_in_words_is_short():
    text = words.card_text(facts_of(row_of(verdict=verdict(), note="第一次"), JUDGED))
    assert text.splitlines() == [
        "第 7 轮　没过门槛，不会上线（第一次）",
        "训练集 v0003：12,043 题，53,120 条样本，纠错 214 条",
        "底座 Qwen2.5-7B-Instruct，3,320 步，损失 2.506 → 0.317，用时 2 分 46 秒",
        "改过的设置：xtuner.lr = 2e-05，gate.few = fail",
        "门槛：✓ 2 条，✗ 1 条（容易混的题）",
        "原来对、现在错的有 37 道。",
    ]


def test_the_card_of_a_round_under_way_says_that_there_is_more_to_come():
    assert words.card_text(facts_of(row_of("running"), DONE)).endswith("还没有过门槛，评测完才有前后对比。")
    assert words.card_text(facts_of(row_of("failed", problem="磁盘满了。"), DONE)).endswith("磁盘满了。")


def test_the_history_is_a_line_a_round():
    assert words.history_text([]) == words.NONE_YET
    [line] = words.history_text([row_of("ready", promoted_at=datetime.now(UTC))]).splitlines()
    assert line.startswith("第 7 轮　11-26")
    assert line.endswith("v0003　过了门槛，可以上线，上线过")
