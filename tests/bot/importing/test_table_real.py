"""Real question banks in spreadsheets: exact counts, and rows compared by hand with the files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.services.importing.rows import Aside, Layout, Rejected, Row
from bot.services.importing.xlsx_file import read_xlsx

Shown = tuple[str, str, tuple[str, ...], str]

NONE: dict[str, int] = {}
TWINS = "有两个选项相同"
DAYS = "选项像是 Excel 的日期序号，原来写的是什么已看不出"


@pytest.mark.parametrize(
    ("name", "layout", "keyed", "unanswered", "rejected", "asides"),
    [
        (
            "xxt",
            "第 1 行是表头：题干在 B 列，选项在 C 到 G 列，答案在 H 列，题型在 A 列",
            {"single": 138, "multiple": 152},
            NONE,
            NONE,
            1,
        ),
        (
            "常识_选项在题干内",
            "第 1 行是表头：题干在 A 列，选项在 B 到 E 列，答案在 F 列",
            {"single": 992, "judge": 85},
            NONE,
            {TWINS: 1},
            1,
        ),
        (
            "民族宗教",
            "第 1 行是表头：题干在 C 列，选项在 D 到 G 列，答案在 H 列，题型在 B 列；没有用 A、I、J 列",
            {"single": 160, "multiple": 65, "judge": 56},
            NONE,
            {TWINS: 1, DAYS: 1},
            1,
        ),
        (
            "百科竞赛_无表头",
            "没有表头，按内容看：题干在 A 列，选项在 B 到 E 列，答案在 F 列",
            {"single": 298},
            {"single": 1},
            {TWINS: 1},
            0,
        ),
    ],
)
def test_every_row_of_a_bank_is_accounted_for(
    real_data: Path,
    name: str,
    layout: str,
    keyed: dict[str, int],
    unanswered: dict[str, int],
    rejected: dict[str, int],
    asides: int,
) -> None:
    items = list(read_xlsx(real_data / "banks" / f"{name}.xlsx"))
    rows = [item for item in items if isinstance(item, Row)]
    assert [(item.text, item.sheet) for item in items if isinstance(item, Layout)] == [(layout, "")]
    assert Counter(row.kind for row in rows if row.answer) == keyed
    assert Counter(row.kind for row in rows if not row.answer) == unanswered
    assert Counter(item.reason for item in items if isinstance(item, Rejected)) == rejected
    assert sum(isinstance(item, Aside) for item in items) == asides
    numbers = [item.number for item in items if not isinstance(item, Layout)]
    assert numbers == list(range(1, len(numbers) + 1))
    # What belongs to the table must not have become part of a question.
    assert not [row for row in rows if "出题：" in row.stem or "推荐：" in row.stem or row.stem.endswith("、")]
    assert not [row for row in rows for option in row.options if option[:2] in ("A、", "B、", "C、", "D、")]


@pytest.mark.parametrize(
    ("name", "number", "shown"),
    [
        ("xxt", 2, ("single", "理念是完善社会", ("科学实效", "共建共治共享", "创新协调发展", "系统化专业化"), "B")),
        (
            "xxt",
            30,
            (
                "single",
                "中国特色社会主",
                ("集中力量办大事", "马克思主义的指导", "人民群众的支持", "中国共产党的领导"),
                "D",
            ),
        ),
        ("xxt", 77, ("single", "()是全面建设", ("就业", "教育", "科技", "人才"), "C")),
        ("xxt", 139, ("single", "()是马克思主", ("开放性", "科学性", "人民性", "时代性"), "C")),
        (
            "xxt",
            147,
            ("multiple", "加强()，巩固", ("文化素质教育", "爱国主义教育", "全民国防教育", "国家安全宣传教育"), "CD"),
        ),
        (
            "xxt",
            151,
            (
                "multiple",
                "党依靠人民，推",
                ("发生历史性变革", "人民生活更加富裕", "经济社会发展", "取得历史性成就"),
                "AD",
            ),
        ),
        ("xxt", 200, ("multiple", "我们要把握经济", ("教条主义", "保护主义", "历史虚无主义", "单边主义"), "BD")),
        ("xxt", 254, ("multiple", "面对“台独”势", ("反分裂", "反干涉", "反和平", "反独立"), "AB")),
        ("xxt", 289, ("multiple", "党坚持改革正确", ("开放性", "整体性", "协同性", "系统性"), "BCD")),
        (
            "xxt",
            291,
            (
                "multiple",
                "加快建设全国统",
                (
                    "培育参与国际竞争合作新优势",
                    "持续推动国内市场高效畅通和规模拓展",
                    "促进科技创新和产业升级",
                    "加快营造稳定公平透明可预期的营商环境",
                    "进一步降低市场交易成本",
                ),
                "ABCDE",
            ),
        ),
        ("民族宗教", 2, ("single", "下列（  ）不", ("爱国", "敬业", "诚信", "人权"), "D")),
        (
            "民族宗教",
            10,
            (
                "single",
                "根据新修订《宗",
                ("2万元以上20万元以下", "2万以上10万以下", "5万元以上20万元以下", "5万元以上10万元以下"),
                "A",
            ),
        ),
        ("民族宗教", 18, ("single", "佛教在我国有（", ("1000", "1500", "2000", "2500"), "C")),
        (
            "民族宗教",
            26,
            ("single", "新修订的《宗教", ("2017年6月14日", "2017年8月26日", "2018年1月1日", "2018年2月1日"), "D"),
        ),
        ("民族宗教", 54, ("single", "（  ）年9月", ("2012", "2013", "2014", "2015"), "C")),
        ("民族宗教", 143, ("single", "我国实行政教分", ("法律和道德", "宪法和法律", "宪法和道德"), "B")),
        ("民族宗教", 170, ("multiple", "我国是一个多宗", ("基督教", "佛教", "东正教", "道教"), "ABD")),
        ("民族宗教", 229, ("judge", "宗教信仰从本质", (), "正确")),
        ("民族宗教", 282, ("judge", "国家应保护宗教", (), "错误")),
        ("民族宗教", 284, ("judge", "在《中华人民共", (), "错误")),
        ("百科竞赛_无表头", 1, ("single", "引起粗盐潮解的", ("KCl", "MgCl2", "AlCl3", "Na2SO4"), "B")),
        ("百科竞赛_无表头", 2, ("single", "在成煤过程中，", ("地热梯度", "静压力", "时间", "动压力"), "A")),
        ("百科竞赛_无表头", 4, ("single", "塑料在自然界可", ("100-200", "50-100", "20-100", "10-20"), "A")),
        ("百科竞赛_无表头", 7, ("single", "清洁的空气中含", ("0%", "0.001%", "0.005%", "0.01%"), "A")),
        ("百科竞赛_无表头", 14, ("single", "铅笔有硬软之分", ("H", "B", "HB", "2B"), "A")),
        ("百科竞赛_无表头", 76, ("single", "法定休假日安排", ("100%", "200%", "300%", "400%"), "C")),
        ("百科竞赛_无表头", 99, ("single", "宇宙中的主要物", ("H和C", "He和B", "C和N", "H和He"), "D")),
        ("百科竞赛_无表头", 204, ("single", "太阳系中，中心", ("91%", "93.7%", "98.6%", "99.8"), "D")),
        ("百科竞赛_无表头", 206, ("single", "在30ºN附近", ("23、5°", "30°", "47°", "60°"), "B")),
        ("百科竞赛_无表头", 297, ("single", "下列哪种血型的", ("A型", "B型", "AB型", "O型"), "D")),
        (
            "常识_选项在题干内",
            2,
            ("single", "____记载的", ("《淮南子》", "《史记》", "《礼记·月令》", "《授时历》"), "B"),
        ),
        ("常识_选项在题干内", 20, ("single", "2014年9月", ("55", "60", "65"), "B")),
        (
            "常识_选项在题干内",
            240,
            ("single", "2019年3月", ("“厕所革命”", "“村容革命”", "“生活垃圾革命”", "“人居环境革命”"), "A"),
        ),
        ("常识_选项在题干内", 419, ("judge", "购买预包装食品", (), "正确")),
        ("常识_选项在题干内", 540, ("judge", "人才是媒体发展", (), "正确")),
        ("常识_选项在题干内", 786, ("judge", "螨虫易在高温潮", (), "正确")),
        ("常识_选项在题干内", 809, ("single", "现代著名二胡演", ("刘天一", "刘北茂", "刘雪庵"), "B")),
        ("常识_选项在题干内", 898, ("single", "选择词语的正确", ("惨无人道", "残无人道"), "A")),
        ("常识_选项在题干内", 994, ("single", "溶解在海水中的", ("动物", "浮游植物", "植物"), "B")),
        ("常识_选项在题干内", 1079, ("single", "紫禁城是由（ ", ("明洪武", "明建文", "明永乐"), "C")),
    ],
)
def test_rows_compared_with_the_files_by_hand(real_data: Path, name: str, number: int, shown: Shown) -> None:
    items = read_xlsx(real_data / "banks" / f"{name}.xlsx")
    (row,) = (item for item in items if isinstance(item, Row) and item.number == number)
    assert (row.kind, row.stem[:7], row.options, row.answer) == shown


def test_ends_of_stems_that_carried_options_and_credits(real_data: Path) -> None:
    rows = {
        item.number: item.stem
        for item in read_xlsx(real_data / "banks" / "常识_选项在题干内.xlsx")
        if isinstance(item, Row)
    }
    assert rows[2].endswith("世界上最早的哈雷彗星记录")
    assert rows[419].endswith("这种说法是____的")
    assert rows[809].endswith('被誉为"民族音乐大师"')
    assert rows[540].endswith("最重要的优势资源（ ）")
    # Numbered without a mark in the file: 1616北宋画家.
    assert sum(stem.startswith(("北宋画家张择端", "选择词语的正确", "海底的黑烟囱")) for stem in rows.values()) > 2


@pytest.mark.slow
def test_the_original_projects_sheet_reads_as_before(real_data: Path) -> None:
    items = list(read_xlsx(real_data / "seed" / "src.xlsx"))
    assert Counter(type(item).__name__ for item in items) == {"Layout": 1, "Aside": 1, "Row": 10392, "Rejected": 5}
    assert {item.kind for item in items if isinstance(item, Row)} == {"short"}
