"""``gongkao dataset split`` and ``transform`` as a person and as a script call them."""

import json
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from typer import Typer
from typer.testing import CliRunner

from bot.cli.dataset_files import register
from tests.documents import write_docx


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Call ``gongkao dataset`` in a folder with one question file."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("COLUMNS", "120")
    write_docx(
        home / "src.docx",
        ["公考[常识]", "世界上最大的宫殿是：->故宫", "燃烧时消耗氧气的质量比是：->2:8:3", "怎样判断？->"],
    )
    app = Typer(pretty_exceptions_enable=False)
    register(app)

    def call(*arguments: object):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


def _edit(path: str, **cells: object) -> None:
    book = load_workbook(path)
    for place, value in cells.items():
        book["题目"][place] = value
    book.save(path)


def test_a_file_becomes_a_worksheet_and_a_data_set_beside_it(run):
    split = run("split", "src.docx")
    assert split.exit_code == 0
    assert "简答题 2" in split.output
    assert "没有答案" in split.output
    assert "写好了 src.xlsx" in split.output
    transform = run("transform", "src.xlsx")
    assert transform.exit_code == 0
    assert "写好了 src.jsonl，逐行报告在 src.报告.csv" in transform.output
    turns = [json.loads(line)["conversation"][0] for line in Path("src.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(turn["input"], turn["output"]) for turn in turns] == [
        ("世界上最大的宫殿是", "故宫"),
        ("燃烧时消耗氧气的质量比是", "2:8:3"),
    ]
    assert {path.name for path in Path().iterdir()} == {"src.docx", "src.xlsx", "src.jsonl", "src.报告.csv"}


def test_a_script_gets_one_object(run):
    split = run("split", "src.docx", "-o", "a.xlsx", "--json")
    told = json.loads(split.stdout)
    assert {key: told[key] for key in ("out", "questions", "kinds", "unread", "other_lines", "replaced")} == {
        "out": "a.xlsx",
        "questions": 2,
        "kinds": {"short": 2},
        "unread": 1,
        "other_lines": 1,
        "replaced": 0,
    }
    transform = run("transform", "a.xlsx", "-o", "b.jsonl", "--json", "--system", "你好")
    told = json.loads(transform.stdout)
    assert {key: told[key] for key in ("out", "report", "rows", "written", "problems", "empty", "notes")} == {
        "out": "b.jsonl",
        "report": "b.报告.csv",
        "rows": 2,
        "written": 2,
        "problems": 0,
        "empty": 0,
        "notes": 0,
    }
    assert (
        json.loads(Path("b.jsonl").read_text(encoding="utf-8").splitlines()[0])["conversation"][0]["system"] == "你好"
    )


def test_rows_with_problems_make_the_command_fail_after_writing_the_others(run):
    run("split", "src.docx")
    _edit("src.xlsx", H2="=1+1", N1="[我的]列", N2="甲")
    result = run("transform", "src.xlsx")
    assert result.exit_code == 1
    assert "有问题" in result.output
    assert "答案（H 列）：单元格是公式，请改成文字" in result.output
    assert "没有用的列：[我的]列（N 列）" in result.output
    assert len(Path("src.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert "3,4,有问题" not in Path("src.报告.csv").read_text(encoding="utf-8-sig")
    assert "2,2,有问题,答案（H 列）" in Path("src.报告.csv").read_text(encoding="utf-8-sig")


def test_what_is_there_is_not_overwritten_unless_forced(run):
    Path("src.xlsx").write_text("mine", encoding="utf-8")
    result = run("split", "src.docx")
    assert result.exit_code == 2
    assert "src.xlsx 已经在了；要覆盖请加 --force" in result.stderr
    assert Path("src.xlsx").read_text(encoding="utf-8") == "mine"
    assert run("split", "src.docx", "--force").exit_code == 0
    Path("src.报告.csv").write_text("mine", encoding="utf-8")
    result = run("transform", "src.xlsx")
    assert result.exit_code == 2
    assert "src.报告.csv 已经在了" in result.stderr
    assert not Path("src.jsonl").exists()
    assert run("transform", "src.xlsx", "--force").exit_code == 0


def test_an_excel_file_is_split_into_another_one(run):
    book = Workbook()
    book.active.append(["题干", "答案"])
    book.active.append(["最大的宫殿是？", "故宫"])
    book.save("bank.xlsx")
    result = run("split", "bank.xlsx")
    assert "写好了 bank-题目.xlsx" in result.output
    assert "第 1 行是表头" in result.output
    assert run("split", "bank.xlsx", "-o", "bank.xlsx", "--force").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["split", "none.docx"], "none.docx：找不到这个文件"),
        (["split", "没有/none.docx"], "none.docx：找不到这个文件"),
        (["split", "src.docx", "-o", "a.csv"], "题目表要写到 .xlsx 文件"),
        (["split", "src.docx", "-o", "没有/a.xlsx"], "这个文件夹，请先建好"),
        (["split", "empty.docx"], "文件是空的"),
        (["transform", "none.xlsx"], "none.xlsx：找不到这个文件"),
        (["transform", "src.docx"], "只能转换 xlsx 表格；题库文件先用 gongkao dataset split"),
        (["transform", "fake.xlsx"], "内容却不是 Excel 表格"),
        (["transform", "blank.xlsx"], "没有找到写着“题干”和“答案”的表头"),
        (["transform", "blank.xlsx", "-o", "blank.xlsx", "--force"], "不能写回原来的文件"),
    ],
)
def test_what_cannot_be_done_gets_a_sentence_and_leaves_no_trace(run, arguments, sentence):
    Path("empty.docx").touch()
    Path("fake.xlsx").write_text("不是表格", encoding="utf-8")
    Workbook().save("blank.xlsx")
    before = set(Path().iterdir())
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""
    assert set(Path().iterdir()) == before
