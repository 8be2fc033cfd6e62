"""Papers as Word and text files: pictures, tables, automatic numbers, encodings."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from bot.services.importing.docx_file import read_docx
from bot.services.importing.rows import Aside, Rejected, Row, UnreadableFile
from bot.services.importing.text_file import read_text

Say = Callable[[Document], None]
MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def png() -> BytesIO:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return BytesIO(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    )


@pytest.fixture
def a_docx(tmp_path: Path) -> Callable[..., Path]:
    """A Word file of paragraphs; what can be called adds itself to the document."""

    def make(*parts: str | Say, name: str = "paper.docx") -> Path:
        document = Document()
        for part in parts:
            if isinstance(part, str):
                document.add_paragraph(part)
            else:
                part(document)
        document.save(str(tmp_path / name))
        return tmp_path / name

    return make


def picture(before: str = "", after: str = "") -> Say:
    def add(document: Document) -> None:
        paragraph = document.add_paragraph(before)
        paragraph.add_run().add_picture(png())
        paragraph.add_run(after)

    return add


def formula(before: str, math: str, after: str = "") -> Say:
    def add(document: Document) -> None:
        paragraph = document.add_paragraph(before)
        paragraph._p.append(parse_xml(f"<m:oMath {MATH}>{math}</m:oMath>"))
        paragraph.add_run(after)

    return add


def table(*rows: list[str]) -> Say:
    def add(document: Document) -> None:
        made = document.add_table(len(rows), len(rows[0]))
        for row, texts in zip(made.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text

    return add


def outcomes(path: Path, key: Path | None = None) -> list[Row | Rejected]:
    return [item for item in read_docx(path, key) if isinstance(item, Row | Rejected)]


GOOD = ("9.好的一道题是？", "A.一", "B.二", "答案：A")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((picture("1.图中的山是哪一座？"), "A.泰山", "B.黄山"), "题干离不开图片"),
        (("1.图中的山是哪一座？", picture(), "A.泰山", "B.黄山"), "题干离不开图片"),
        (("1.选择合适的一个填入问号处：", picture(), "答案：A"), "选项是图片，文字里看不出来"),
        (("1.下列哪个数最大？", picture("A. ", "   B. ")), "选项是图片，文字里看不出来"),
        (("1.下列哪个数最大？", "A. 1", picture("B. ")), "选项是图片，文字里看不出来"),
        (("1.下列哪个数最大？", "A.", picture(), "B.", picture()), "选项是图片，文字里看不出来"),
        (
            (
                "一、根据所给材料，回答下列题目。",
                "产值如下。",
                picture(),
                "1.哪一年最高？",
                "A.2018",
                "B.2019",
                "第二部分 常识判断",
            ),
            "材料里有图片，文字里看不出来",
        ),
    ],
)
def test_pictures_that_questions_need_reject_them(a_docx, parts, reason):
    first, second = outcomes(a_docx(*parts, *GOOD))
    assert isinstance(first, Rejected)
    assert first.reason == reason
    assert isinstance(second, Row)


@pytest.mark.parametrize(
    "parts",
    [
        (picture(), "某省试卷", "1.甲是谁？", "A.一", "B.二", "答案：A"),
        ("1.甲是谁？", "A.一", "B.二", "答案：A", "解析：如图。", picture()),
        ("1.甲是谁？", "A.一", "B.二", picture("答案：A 解析：见图")),
        ("1.甲是谁？", "A.一", "B.二", picture(), "2.乙是谁？", "A.一", "B.二"),
    ],
)
def test_pictures_that_no_question_needs_are_harmless(a_docx, parts):
    assert all(isinstance(item, Row) for item in outcomes(a_docx(*parts)))


def test_a_linear_formula_is_text_and_a_fraction_a_picture(a_docx):
    plain = "<m:r><m:t>x+1=2</m:t></m:r>"
    fraction = "<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
    first, second = outcomes(
        a_docx(formula("1.已知", plain, "，则x是？"), "A.1", "B.2", formula("2.", fraction, "的两倍是？"), "A.1", "B.2")
    )
    assert isinstance(first, Row)
    assert first.stem == "已知x+1=2，则x是？"
    assert isinstance(second, Rejected)
    assert second.reason == "题干离不开图片"


def test_raised_figures_stay_apart(a_docx):
    def powers(document: Document) -> None:
        document.add_paragraph("A.10").add_run("2").font.superscript = True

    (row,) = outcomes(a_docx("1.一百是？", powers, "B.103", "答案：A"))
    assert isinstance(row, Row)
    assert row.options == ("10²", "103")


def test_cells_of_a_table_stand_on_one_line(a_docx):
    (first, second) = outcomes(
        a_docx(
            "1.依次填入最恰当的一项是：",
            table(["A.相信", "沉醉", "B.自信", "沉溺"], ["C.坚信", "沉浸", "D.确信", "沉迷"]),
            "一、根据所给材料，回答下列题目。",
            table(["地区", "产值"], ["甲", "50"]),
            "2.甲的产值是？",
            "A.50",
            "B.60",
        )
    )
    assert isinstance(first, Row)
    assert first.options == ("相信 沉醉", "自信 沉溺", "坚信 沉浸", "确信 沉迷")
    assert isinstance(second, Row)
    assert second.material == "地区\t产值\n甲\t50"


def test_automatic_numbers_and_letters_count(a_docx):
    """Word keeps 1、 and A． as lists: their text is nowhere in the paragraphs."""

    def lists(document: Document) -> None:
        numbering = document.part.numbering_part.element
        for number, (form, text, start) in enumerate(
            [("decimal", "%1、", 1), ("upperLetter", "%1．", 1), ("chineseCounting", "%1、", 1)], 90
        ):
            shape = parse_xml(
                f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}"><w:lvl w:ilvl="0"><w:start w:val="{start}"/>'
                f'<w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl></w:abstractNum>'
            )
            numbering.insert(0, shape)
            numbering.append(
                parse_xml(f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>')
            )
            again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
            numbering.append(
                parse_xml(
                    f'<w:num {nsdecls("w")} w:numId="{number + 10}"><w:abstractNumId w:val="{number}"/>{again}</w:num>'
                )
            )

    def listed(text: str, number: int) -> Say:
        def add(document: Document) -> None:
            properties = document.add_paragraph(text)._p.get_or_add_pPr()
            properties.append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>')
            )

        return add

    path = a_docx(
        lists,
        listed("单项选择题", 92),
        listed("我国最长的河流是哪条？", 90),
        listed("黄河", 91),
        listed("长江", 91),
        listed("我国的首都是哪里？", 90),
        listed("北京      B．上海", 101),
        listed("判断题", 92),
        "1.天是蓝的。",
        "参考答案",
        "一、单项选择题",
        "1.B 2.A",
        "二、判断题",
        "1.√",
    )
    first, second, third = (item for item in outcomes(path) if isinstance(item, Row))
    assert (first.stem, first.options, first.answer) == ("我国最长的河流是哪条？", ("黄河", "长江"), "B")
    assert (second.options, second.answer, third.answer) == (("北京", "上海"), "A", "正确")


def test_rows_are_numbered_by_the_lines_of_the_document(a_docx):
    found = list(
        read_docx(a_docx("标题", "", "1.甲是谁？\nA.一\nB.二", table(["x", "y"]), "2.乙是谁？", "A.一", "B.二"))
    )
    assert [item.number for item in found if isinstance(item, Row)] == [3, 8]


def test_the_keys_may_come_from_a_file_of_another_kind(a_docx, tmp_path):
    (tmp_path / "key.txt").write_text("1.B\n2.A\n", encoding="gb18030")
    found = outcomes(a_docx("1.甲是谁？", "A.一", "B.二", "2.乙是谁？", "A.一", "B.二"), tmp_path / "key.txt")
    assert [item.answer for item in found if isinstance(item, Row)] == ["B", "A"]


PAPER = "一、单选题\n1．我国最长的河流是（ B ）。\nA．黄河    B．长江\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_text_is_read_in_the_encodings_people_use(tmp_path, encoding, ending):
    (tmp_path / "paper.txt").write_bytes(PAPER.replace("\n", ending).encode(encoding))
    (row,) = [item for item in read_text(tmp_path / "paper.txt") if isinstance(item, Row)]
    assert (row.number, row.options, row.answer) == (2, ("黄河", "长江"), "B")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "这不是文本文件，请换成 txt、docx 或 xlsx 再导入"),
        (bytes(range(1, 32)) * 40, "这不是文本文件，请换成 txt、docx 或 xlsx 再导入"),
        (b"\xff\xfe\x00\xd8\x00", "文字编码不认识，请另存为 UTF-8 再导入"),
        (b"\xff" * 100, "文字编码不认识，请另存为 UTF-8 再导入"),
        ("只是一句话。".encode(), "看起来不是题库：没有找到题目（题目要有选项、答案，或要填的空）"),
        (b"", "看起来不是题库：没有找到题目（题目要有选项、答案，或要填的空）"),
    ],
)
def test_what_is_no_text_or_no_bank_is_refused(tmp_path, content, reason):
    (tmp_path / "paper.txt").write_bytes(content)
    with pytest.raises(UnreadableFile) as caught:
        list(read_text(tmp_path / "paper.txt"))
    assert str(caught.value) == reason


def test_pairs_in_a_text_file_are_read_as_in_word(tmp_path):
    (tmp_path / "pairs.txt").write_text("常识题\n世界上最大的宫殿是：->故宫\n谁写了《呐喊》？->鲁迅", encoding="utf-8")
    found = list(read_text(tmp_path / "pairs.txt"))
    assert [type(item) for item in found] == [Aside, Row, Row]


def test_markdown_loses_its_signs(tmp_path):
    (tmp_path / "paper.md").write_text(
        "# 某省试卷\n\n## 一、单选题\n\n**1\\. 我国最长的河流是____？**\n\n- A. 黄河\n- B. **长江**\n\n> 答案：B\n\n---\n\n"
        "2. [我国的首都](https://example.org/1)是？\n   * A. `北京`\n   * B. 上海\n\n3. 图中的是？\n![](a.png)\n- [ ] A. 一\n- [x] B. 二\n\n"
        "### 二、根据所给材料，回答下列题目。\n| 地区 | 产值 |\n|:---|---:|\n| 甲 | 50 |\n\n4. 甲是？\nA. 50\nB. 60\n",
        encoding="utf-8",
    )
    found = list(read_text(tmp_path / "paper.md"))
    first, second, fourth = [item for item in found if isinstance(item, Row)]
    assert (first.stem, first.options, first.answer, first.kind) == (
        "我国最长的河流是____？",
        ("黄河", "长江"),
        "B",
        "single",
    )
    assert (second.stem, second.options) == ("我国的首都是？", ("北京", "上海"))
    assert [item.reason for item in found if isinstance(item, Rejected)] == ["题干离不开图片"]
    assert fourth.material == "地区\t产值\n甲\t50"
