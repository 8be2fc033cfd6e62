"""The text layer of PDF files. The files are written by hand, so that no font is needed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from bot.services.importing.pdf_file import MAX_PAGES, read_pdf
from bot.services.importing.rows import Aside, Rejected, Row, UnreadableFile

PAPER = [
    [
        "一、单项选择题",
        "1. 我国最长的河流是（　）。",
        "A. 黄河          B. 长江",
        "C. 珠江          D. 淮河",
        "答案：B",
    ],
    ["2. 我国的首都是哪里？", "A. 北京", "B. 上海", "【答案】A", "【解析】新中国成立时定都北京。"],
    ["3. 我国最大的淡水湖是哪个？", "A. 鄱阳湖", "B. 太湖", "【答案】A"],
]
Picture = tuple[int, str]
"""Behind which line of the page a picture stands, and its name."""


def pdf(pages: Sequence[Sequence[str]], pictures: Sequence[Sequence[Picture]] = (), header: str = "") -> bytes:
    """A PDF with a line of text every 20 points, a header and a page number on each page."""
    font = (
        "<< /Type /Font /Subtype /Type0 /BaseFont /F /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 6 0 R >>"
    )
    descendant = "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /F /CIDSystemInfo << /Registry (A) /Ordering (I) /Supplement 0 >> /FontDescriptor 5 0 R /DW 1000 /W [0 [0] 32 126 500] >>"
    descriptor = "<< /Type /FontDescriptor /FontName /F /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"
    used = sorted({*"第 页0123456789", *header, *(char for page in pages for line in page for char in line)})
    rows = "\n".join(f"<{ord(char):04X}> <{ord(char):04X}>" for char in used)
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange "
        f"{len(used)} beginbfchar\n{rows}\nendbfchar endcmap end end"
    )
    image = "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\n0\nendstream"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", font, descendant, descriptor, _stream(cmap)]
    names = sorted({name for page in pictures for _, name in page})
    images = {name: 7 + at for at, name in enumerate(names)}
    objects += [image] * len(names)
    kids: list[int] = []
    for number, lines in enumerate(pages, 1):
        drawn = [_line(header, 60, 800)] if header else []
        drawn += [_line(text, 60, 760 - 20 * at) for at, text in enumerate(lines)]
        for behind, name in pictures[number - 1] if number <= len(pictures) else ():
            drawn.append(f"q 50 0 0 10 60 {760 - 20 * behind - 16} cm /{name} Do Q")
        drawn.append(_line(f"第 {number} 页", 280, 40))
        objects.append(_stream("\n".join(drawn)))
        shown = " ".join(f"/{name} {at} 0 R" for name, at in images.items())
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R"
            f" /Resources << /Font << /F1 3 0 R >> /XObject << {shown} >> >> >>"
        )
        kids.append(len(objects))
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>"
    written, places = b"%PDF-1.4\n", list[int]()
    for at, body in enumerate(objects, 1):
        places.append(len(written))
        written += f"{at} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (
        written
        + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF".encode()
    )


def _line(text: str, x: int, y: int) -> str:
    return f"BT /F1 11 Tf {x} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET"


def _stream(text: str) -> str:
    return f"<< /Length {len(text)} >>\nstream\n{text}\nendstream"


@pytest.fixture
def a_pdf(tmp_path: Path):
    def make(content: bytes) -> Path:
        (tmp_path / "paper.pdf").write_bytes(content)
        return tmp_path / "paper.pdf"

    return make


def rows(path: Path) -> list[Row]:
    return [item for item in read_pdf(path) if isinstance(item, Row)]


def why(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        list(read_pdf(path))
    return str(caught.value)


def test_questions_with_columns_of_options_and_keys_are_read(a_pdf):
    first, second, third = rows(a_pdf(pdf(PAPER)))
    assert (first.stem, first.options, first.answer) == (
        "我国最长的河流是（　）。",
        ("黄河", "长江", "珠江", "淮河"),
        "B",
    )
    assert (second.answer, second.explanation) == ("A", "新中国成立时定都北京。")
    assert third.options == ("鄱阳湖", "太湖")


def test_headers_and_page_numbers_are_left_out(a_pdf):
    items = list(read_pdf(a_pdf(pdf(PAPER, header="某省公务员考试模拟卷"))))
    assert [item.excerpt for item in items if isinstance(item, Aside)] == ["一、单项选择题"]
    assert all("页" not in item.explanation and "模拟" not in item.stem for item in items if isinstance(item, Row))


def test_an_option_that_ends_most_pages_is_no_footer(a_pdf):
    pages = [[f"{number}. 第几道题是这道？", "A. 甲", "B. 乙"] for number in range(1, 7)]
    assert [row.options for row in rows(a_pdf(pdf(pages)))] == [("甲", "乙")] * 6


def test_lines_broken_by_the_width_of_the_page_go_on(a_pdf):
    long = "1. 在社会主义市场经济条件下政府的主要职能包括经济调节市场监管社会管理和公"
    pages = [[long, "共服务，下列属于公共服务的是哪一个？", "A. 修建道路", "B. 处罚违法", "答案：A"]]
    (row,) = rows(a_pdf(pdf(pages)))
    assert row.stem == (long + "共服务，下列属于公共服务的是哪一个？").removeprefix("1. ")


def test_a_picture_in_a_stem_or_passage_rejects_its_questions_alone(a_pdf):
    pages = [
        [
            "1. 甲是哪里人？",
            "A. 北京",
            "B. 上海",
            "2. 乙图画的是什么？",
            "A. 山",
            "B. 水",
            "3. 丙是谁？",
            "A. 一",
            "B. 二",
        ],
        ["一、根据所给材料，回答下列题目。", "产值如下。", "4. 哪一年最高？", "A. 2018", "B. 2019"],
        ["第二部分 常识判断", "5. 丁是哪里人？", "A. 天津", "B. 重庆"],
    ]
    content = pdf(pages, [[(3, "One"), (0, "Logo")], [(1, "Two"), (0, "Logo")], [(0, "Logo")]])
    items = [item for item in read_pdf(a_pdf(content)) if isinstance(item, Row | Rejected)]
    assert [getattr(item, "reason", "") for item in items] == [
        "",
        "题干离不开图片",
        "",
        "材料里有图片，文字里看不出来",
        "",
    ]


def test_a_list_of_pairs_is_read_as_such(a_pdf):
    found = rows(a_pdf(pdf([["世界上最大的宫殿是：->故宫", "谁写了《呐喊》？->鲁迅"]])))
    assert [row.answer for row in found] == ["故宫", "鲁迅"]


def test_a_scan_without_text_is_refused(a_pdf):
    assert why(a_pdf(pdf([[], []], [[(1, "Scan")], [(1, "Scan")]]))) == (
        "这个 PDF 里没有文字，像是扫描件；请发图片或转成文字再导入"
    )


def test_a_file_with_a_password_is_refused(a_pdf, tmp_path):
    writer = PdfWriter(clone_from=PdfReader(a_pdf(pdf(PAPER))))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "locked.pdf")
    assert why(tmp_path / "locked.pdf") == "这个 PDF 加了密，请先去掉密码再导入"


def test_too_many_pages_are_refused(a_pdf, tmp_path):
    writer = PdfWriter()
    for _ in range(MAX_PAGES + 1):
        writer.add_blank_page(100, 100)
    writer.write(tmp_path / "thick.pdf")
    assert why(tmp_path / "thick.pdf") == "这个 PDF 超过 2000 页，请拆开再导入"


@pytest.mark.parametrize(
    "content", [b"%PDF-1.4\n", b"%PDF-1.7\ntrailer << /Root 1 0 R >>\n%%EOF", b"%PDF-" + b"\0" * 500]
)
def test_a_shell_of_a_file_is_refused(a_pdf, content):
    assert "PDF" in why(a_pdf(content))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_anywhere_is_refused_or_read_but_never_breaks(a_pdf, data):
    content = bytearray(pdf(PAPER))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    for _ in range(data.draw(st.integers(0, 8))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableFile):
        list(read_pdf(a_pdf(bytes(content))))
