"""Reading a version's folder, csv folders, and finding near misses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.evaluation import version
from training.evaluation.errors import BadSet
from training.evaluation.items import ItemSet
from training.evaluation.sets import read_sets


def named(found: list[ItemSet], name: str) -> ItemSet:
    return next(one for one in found if one.name == name)


def test_a_version_becomes_sets_the_most_important_first(tmp_path: Path) -> None:
    unanswerable = version.line("这道题没有答案", "", kind="unanswerable")
    version.write(
        tmp_path,
        holdout=version.many(0, 9),
        corrected=[version.line("甲是谁写的", "乙"), unanswerable, version.line("甲是谁写的", "丙")],
        guard=3,
        refusals=2,
    )
    found = read_sets(tmp_path)
    assert [one.name for one in found] == ["corrected", "holdout", "guard", "refusals"]
    corrected = named(found, "corrected")
    # Of two cases of one question the later one holds.
    assert [(item.kind, item.key) for item in corrected.items] == [("short", "丙"), ("decline", "没有把握")]
    assert named(found, "holdout").items[1].key.startswith("B. ")
    assert {item.kind for item in named(found, "refusals").items} == {"decline"}
    assert named(found, "guard").items[0].check["type"] == "one_of"
    again = read_sets(tmp_path)
    assert [one.digest() for one in again] == [one.digest() for one in found]


def test_prompts_and_keys_have_sums_of_their_own(tmp_path: Path) -> None:
    one = read_sets(version.write(tmp_path / "a", holdout=[version.line("甲", "乙")]))[0]
    other = read_sets(version.write(tmp_path / "b", holdout=[version.line("甲", "丙")]))[0]
    third = read_sets(version.write(tmp_path / "c", holdout=[version.line("丁", "乙")]))[0]
    assert one.digest() == other.digest() != third.digest()
    assert one.keys_digest() != other.keys_digest()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("holdout.jsonl", "{}\n", "holdout.jsonl 第 1 行读不懂"),
        ("holdout.jsonl", '{"kind": "essay"}\n', "第 1 行读不懂"),
        ("guard.jsonl", "nonsense\n", "guard.jsonl 第 1 行读不懂"),
        ("styles.txt", "plain\nplain\n", "train.jsonl 和 styles.txt 读不了"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, text: str, told: str) -> None:
    version.write(tmp_path, holdout=version.many(0, 3))
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadSet, match=told):
        read_sets(tmp_path)


def test_a_folder_that_is_no_version(tmp_path: Path) -> None:
    with pytest.raises(BadSet, match=r"holdout\.jsonl 打不开"):
        read_sets(tmp_path / "nowhere")
    with pytest.raises(BadSet, match="没有可以考的题"):
        read_sets(version.write(tmp_path))


def test_near_misses_are_questions_that_read_alike_and_differ(tmp_path: Path) -> None:
    pairs = [
        (version.line("我国陆地面积最大的省级行政区是哪里", "新疆"), version.line("我国陆地面积最小的省级行政区是哪里", "澳门")),
        (version.line("唐朝安史之乱爆发于哪一年", "755年"), version.line("唐朝安史之乱平定于哪一年", "763年")),
    ]  # fmt: skip
    same = version.line("我国海拔最高的山峰是", "珠穆朗玛峰"), version.line("我国海拔最高的山峰是什么", "珠穆朗玛峰")
    generic = [
        version.line("下列说法正确的是", "A", options=["鲸是哺乳动物", "鲸是鱼"]),
        version.line("下列说法正确的是", "B", options=["水是单质", "水是化合物"]),
    ]
    judges = [
        version.line("太阳从东边升起来", "正确", kind="judge"),
        version.line("太阳从西边升起来", "错误", kind="judge"),
    ]
    version.write(
        tmp_path,
        holdout=[pairs[0][0], same[0], judges[0]],
        taught=[pairs[0][1], *pairs[1], same[1], judges[1], *generic, *version.many(0, 30)],
    )
    near = named(read_sets(tmp_path), "near")
    assert near.note == "找到 3 对"
    assert {item.key for item in near.items} == {"新疆", "澳门", "755年", "763年", "对", "错"}
    assert {item.key: item.category for item in near.items}["新疆"] == "没训练过"
    assert {item.key: item.category for item in near.items}["澳门"] == "训练过"
    assert named(read_sets(tmp_path), "near").digest() == near.digest()
    assert len(named(read_sets(tmp_path, nearest=3), "near").items) == 2
    assert "near" not in [one.name for one in read_sets(tmp_path, nearest=0)]


def test_near_misses_among_choices_keep_letters_and_options(tmp_path: Path) -> None:
    options = ["李白", "杜甫", "王维", "白居易"]
    many = version.line("被后世尊称为诗仙的唐代大诗人是", "A", options=options)
    other = version.line("被后世尊称为诗圣的唐代大诗人是", "B", options=options)
    several = version.line("被后世合称为李杜的两位唐代大诗人是", "AB", options=options)
    version.write(tmp_path, holdout=[version.line("无关的", "甲")], taught=[many, other, several])
    near = named(read_sets(tmp_path), "near")
    assert {(item.kind, item.answer, item.options) for item in near.items} == {
        ("single", "A", tuple(options)),
        ("single", "B", tuple(options)),
    }


CEVAL = "id,question,A,B,C,D,answer,explanation\n0,清朝灭亡于____。,1911年,1912年,1913年,1914年,B,退位\n1,无答案,甲,乙,丙,丁,,\n"
CMMLU = ',Question,A,B,C,D,Answer\n0,"“两弹一星”,指的是",甲,乙,丙,丁,C\n1,最大的洋是,太平洋,大西洋,印度洋,北冰洋,A\n'


def test_csv_folders_are_sets_of_their_own(tmp_path: Path) -> None:
    for place, text, encoding in (
        ("ceval/val/modern_chinese_history_val.csv", CEVAL, "utf-8-sig"),
        ("ceval/dev/modern_chinese_history_dev.csv", CEVAL, "utf-8"),
        ("cmmlu/test/world_history.csv", CMMLU, "gbk"),
    ):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding=encoding)
    folder = version.write(tmp_path / "v", holdout=version.many(0, 3))
    _, ceval, cmmlu = read_sets(folder, [tmp_path / "ceval", tmp_path / "cmmlu"])
    assert (ceval.name, ceval.title, cmmlu.name) == ("extra/ceval", "ceval", "extra/cmmlu")
    (item,) = ceval.items
    assert (item.category, item.answer, item.key) == ("modern_chinese_history", "B", "B. 1912年")
    assert item.input == "清朝灭亡于____。\nA. 1911年\nB. 1912年\nC. 1913年\nD. 1914年"
    assert [one.key for one in cmmlu.items] == ["C. 丙", "A. 太平洋"]
    assert cmmlu.items[0].input.startswith("“两弹一星”,指的是\n")


def test_csv_folders_that_hold_nothing(tmp_path: Path) -> None:
    folder = version.write(tmp_path / "v", holdout=version.many(0, 3))
    with pytest.raises(BadSet, match="没有这个文件夹"):
        read_sets(folder, [tmp_path / "nowhere"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadSet, match="没有带答案的 csv 题"):
        read_sets(folder, [tmp_path / "empty"])
    (tmp_path / "empty" / "other.csv").write_text("name,age\nA,1\n")
    with pytest.raises(BadSet, match="不是这种题集"):
        read_sets(folder, [tmp_path / "empty"])
    for name in ("x", "y"):
        (tmp_path / name / "same").mkdir(parents=True)
        (tmp_path / name / "same" / "a.csv").write_text(CMMLU, encoding="utf-8")
    with pytest.raises(BadSet, match="两个同名的题集文件夹：extra/same"):
        read_sets(folder, [tmp_path / "x" / "same", tmp_path / "y" / "same"])
