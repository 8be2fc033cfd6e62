import csv

import pytest

from bot.services.importing.report import Entry, Report
from bot.services.importing.rows import Aside


def written(report: Report, folder) -> list[list[str]]:
    path = report.write(folder / "reports")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_the_csv_lists_what_was_not_imported_and_the_asides(tmp_path):
    report = Report("题库.docx")
    report.add("new", None)
    report.add("merged", Entry(2, "", "merged", "同一道题，答案相同", "题干", "答案", "本文件第 1 行", "答案"))
    report.add_aside(Aside(3, "标题"))
    header, merged, aside = written(report, tmp_path)
    assert header[:4] == ["行号", "工作表", "结果", "原因"]
    assert merged == ["2", "", "合并", "同一道题，答案相同", "题干", "答案", "本文件第 1 行", "答案"]
    assert aside[:3] == ["3", "", "不是题目"]
    assert report.rows == 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"])
def test_cells_that_look_like_formulas_are_quoted(tmp_path, text):
    report = Report("x.docx")
    report.add("merged", Entry(1, text, "merged", text, text, text, text, text))
    _, line = written(report, tmp_path)
    assert line[1] == line[3] == line[4] == line[5] == line[7] == f"'{text}"


def test_two_reports_of_one_file_do_not_overwrite_each_other(tmp_path):
    report = Report("../../etc/题库 (1).docx")
    paths = {report.write(tmp_path), report.write(tmp_path)}
    assert len(paths) == 2
    assert all(path.parent == tmp_path for path in paths)
