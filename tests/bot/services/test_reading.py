"""Reading what members paste."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.reading import read, truth_letter
from bot.services.starter_bank import FOLDER
from inference.prompts import HALF_WIDTH, question_messages, question_text, training_turn
from store.wording import normal_form

OPTIONS = ("故宫", "白宫", "卢浮宫", "克里姆林宫")


@pytest.mark.parametrize(
    "text",
    [
        "世界上最大的宫殿是（  ）\nA.故宫\nB.白宫\nC.卢浮宫\nD.克里姆林宫",
        "世界上最大的宫殿是\nA、故宫         B、白宫\nC、卢浮宫    D、克里姆林宫",
        "世界上最大的宫殿是____A、故宫B、白宫C、卢浮宫D、克里姆林宫",
        "世界上最大的宫殿是？ (A)故宫 (B)白宫 (C)卢浮宫 (D)克里姆林宫",
        "１５．世界上最大的宫殿是　Ａ．故宫　Ｂ．白宫　Ｃ．卢浮宫　Ｄ．克里姆林宫",
        "请问 世界上最大的宫殿是 A故宫 B白宫 C卢浮宫 D克里姆林宫 选哪个？",
        "【单选题】世界上最大的宫殿是（ ）。\na. 故宫；\nb. 白宫；\nc. 卢浮宫；\nd. 克里姆林宫。\n\n正确答案：A",
    ],
)
def test_options_are_found_however_they_are_laid_out(text: str):
    reading = read(text)
    assert tuple(map(normal_form, reading.options)) == OPTIONS
    assert "世界上最大的宫殿是" in {normal_form(stem) for stem in reading.stems}


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("请问：世界上最大的宫殿是（ B ）", "世界上最大的宫殿是"),
        ("第3题、世界上最大的宫殿是？", "世界上最大的宫殿是"),
        ("世界上最大的宫殿是？答案选啥", "世界上最大的宫殿是"),
        ("判断题：地球绕太阳转。对吗？", "地球绕太阳转"),
        ("1.0m行不行", "1点0m行不行"),
    ],
)
def test_noise_around_a_stem_is_taken_off(text: str, stem: str):
    assert stem in {normal_form(variant) for variant in read(text).stems}


def test_letters_inside_a_stem_are_no_options():
    assert read("维生素A和维生素B都是脂溶性的吗").options == ()
    assert read("甲流分A、B两型，下列正确的是 A.甲 B.乙 C.丙 D.丁").options == ("甲", "乙", "丙", "丁")


def test_nothing_to_read():
    assert not read("").has_words
    assert not read("😀😀！！").has_words


def test_right_and_wrong_as_options():
    reading = read("地球是圆的。A.错误 B.正确")
    assert truth_letter(reading.options, true=True) == "B"
    assert truth_letter(("甲", "乙"), true=True) is None


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str):
    reading = read(text)
    assert all(stem.strip() for stem in reading.stems)
    assert all(reading.options) or not reading.options


@pytest.mark.parametrize("kind", ["single", "multiple", "short", "judge"])
def test_the_model_is_asked_what_it_was_trained_on(kind: str):
    files = sorted(FOLDER.glob("*.jsonl"))
    items = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    for item in (item for item in items if item["kind"] == kind):
        trained = training_turn(question_text(item["stem"], item["options"]), "")["input"]
        options = "\n".join(f"{letter}．{option}" for letter, option in zip("ABCDEFGH", item["options"], strict=False))
        typed = f"{item['stem']}\n{options}"
        for message in (typed, typed.translate(HALF_WIDTH)):
            reading = read(message)
            asked = question_text(reading.stems[0], reading.options) if reading.options else message.strip()
            assert question_messages(asked)[-1]["content"] == trained


def test_what_is_written_small_stays_so():
    reading = read("下列等于1000的是\nA．10²\nB．10³\nC．１０℃")
    assert reading.options == ("10²", "10³", "10°C")
