"""``gongkao import`` as a person and as a script call it."""

import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from bot.cli.importing import import_file


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Call the command in an empty home folder."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.delenv("GONGKAO_CONFIG", raising=False)
    monkeypatch.delenv("GONGKAO_DATABASE_URL", raising=False)
    app = Typer(pretty_exceptions_enable=False)
    app.command()(import_file)

    def call(*arguments: object):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


def test_the_counts_and_the_place_of_the_details_are_told(run, make_docx):
    result = run(make_docx(["标题", "谁写了《呐喊》？->鲁迅", "谁写了呐喊->周作人", "谁写了呐喊？->"]))
    assert result.exit_code == 0
    assert "bank.docx：3 行" in result.output
    assert "新增 1，重复 0，合并 0，冲突 1，拒绝 1" in result.output
    assert "没有答案（1 行）" in result.output
    (report,) = Path("reports").iterdir()
    assert "本文件第 2 行" in report.read_text(encoding="utf-8-sig")


def test_json_prints_one_object_a_file(run, make_docx):
    paths = [make_docx(["最大的宫殿是：->故宫"], name) for name in ("a.docx", "b.docx")]
    result = run("--json", "--report", "here", *paths)
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert (first["rows"], first["new"], first["file"]) == (1, 1, "a.docx")
    assert (second["same"], second["conflict"], second["rejected"]) == (1, 0, 0)
    assert Path(first["report"]).parent == Path("here")


def test_a_dry_run_leaves_no_trace(run, make_docx):
    result = run("--dry-run", "--json", make_docx(["最大的宫殿是：->故宫"]))
    assert json.loads(result.stdout)["new"] == 1
    assert list(Path().iterdir()) == []


def test_a_dry_run_compares_with_the_bank_that_is_there(run, make_docx):
    run(make_docx(["最大的宫殿是：->故宫"]))
    result = run("--dry-run", "--json", make_docx(["最大的宫殿是：->白宫"]))
    assert json.loads(result.stdout)["conflict"] == 1
    again = run("--dry-run", "--json", make_docx(["最大的宫殿是：->白宫"]))
    assert json.loads(again.stdout)["conflict"] == 1


def test_an_unreadable_file_gets_a_sentence_and_the_others_are_imported(run, make_docx, tmp_path):
    (tmp_path / "坏.xlsx").write_text("不是表格", encoding="utf-8")
    result = run("--json", tmp_path / "坏.xlsx", make_docx(["最大的宫殿是：->故宫"]))
    assert result.exit_code == 1
    assert "坏.xlsx：扩展名是 .xlsx，内容却不是 Excel 表格" in result.stderr
    assert json.loads(result.stdout)["new"] == 1


def test_wrong_settings_and_a_dead_database_get_a_sentence(run, make_docx, monkeypatch):
    path = make_docx(["最大的宫殿是：->故宫"])
    monkeypatch.setenv("GONGKAO_DATABASE_URL", "postgresql://root@127.0.0.1:1/none")
    dead = run(path)
    assert dead.exit_code == 1
    assert "数据库打不开" in dead.stderr
    monkeypatch.delenv("GONGKAO_DATABASE_URL")
    Path("bot.toml").write_text("[store]\ndatabse = 'x'\n", encoding="utf-8")
    wrong = run(path)
    assert wrong.exit_code == 1
    assert "是不是想写 database" in wrong.stderr


def test_a_report_folder_that_cannot_be_written_is_told_after_the_import(run, make_docx):
    Path("taken").write_text("", encoding="utf-8")
    result = run("--report", "taken", make_docx(["最大的宫殿是：->故宫"]))
    assert result.exit_code == 1
    assert "新增 1" in result.stdout
    assert "明细写不进 taken" in result.stderr
