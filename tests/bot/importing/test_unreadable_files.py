import contextlib
import io
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bot.services.importing.docx_file import docx_lines
from bot.services.importing.reader import read
from bot.services.importing.rows import UnreadableFile


def why(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        list(read(path))
    return str(caught.value)


def a_docx() -> bytes:
    document = Document()
    document.add_paragraph("世界上最大的宫殿是：->故宫")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def an_xlsx() -> bytes:
    book = Workbook()
    book.active.append(["世界上最大的宫殿是", "故宫"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def zipped(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return buffer.getvalue()


def a_bomb() -> bytes:
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"\0" * (40 * 1024 * 1024)})


def entities() -> bytes:
    return zipped({"word/document.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'})


def with_password() -> bytes:
    content = bytearray(a_docx())
    for at in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[at] |= 1
    return bytes(content)


@cache
def _made_once(make: Callable[[], bytes]) -> bytes:
    """Files carry the time at which they were made; examples must all start from the same one."""
    return make()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.docx", b"", "空的"),
        ("x.docx", "其实是文本".encode(), "内容却不是 Word"),
        ("x.xlsx", a_docx(), "内容却是 Word"),
        ("x.docx", an_xlsx(), "内容却是 Excel"),
        ("x.docx", a_docx()[:-200], "不完整或已损坏"),
        ("x.docx", a_bomb(), "炸弹"),
        ("x.docx", entities(), "DOCTYPE"),
        ("x.docx", zipped({"a.txt": b"x"}), "压缩包"),
        ("x.docx", zipped({"word/document.xml": b"<w:p><unclosed>"}), "不完整或已损坏"),
        ("x.docx", with_password(), "加了密"),
        ("x.docx", OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "加了密"),
        ("x.xlsx", OLE + b"\0" * 600, "内容却是 旧版 Excel"),
        ("x.xls", OLE + b"\0" * 600, "损坏"),
        ("x.docx", OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "另存为 docx"),
        ("x.xlsx", zipped({"xl/workbook.xml": b"<x/>"}), "不完整或已损坏"),
        ("x.zip", b"PK", "只能导入"),
        ("x.pdf", b"%PDF-1.7", "PDF"),
        ("x.jsonl", "题干：->答案".encode(), "不是 jsonl"),
        ("x.jsonl", b'[{"a": 1}]', "数组"),
        ("x.jsonl", b"\n\n", "空的"),
        ("x.jsonl", b'{"a": "' + b"x" * (1 << 20), "超过 1 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    sentence = why(tmp_path / name)
    assert words in sentence
    assert "\n" not in sentence


def test_a_missing_file_and_a_folder_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "folder.docx").mkdir()
    assert why(tmp_path / "none.docx") == why(tmp_path / "folder.docx") == "找不到这个文件"


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as stream:
        stream.truncate(65 * 1024 * 1024)
    assert "超过 64 MB" in why(path)


def test_an_absurd_row_number_does_not_make_the_reader_count_to_it(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(an_xlsx())) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, part.replace(b'<row r="1"', b'<row r="2000000000"'))
    (tmp_path / "x.xlsx").write_bytes(content.getvalue())
    assert list(read(tmp_path / "x.xlsx")) == []


def test_a_part_name_that_is_no_text_is_damage(tmp_path: Path) -> None:
    content = io.BytesIO(an_xlsx())
    with zipfile.ZipFile(content, "a") as package:
        package.writestr("é.xml", b"<a/>")
    (tmp_path / "x.xlsx").write_bytes(content.getvalue().replace("é".encode(), b"\xfd\xa9"))
    with pytest.raises(UnreadableFile):
        list(read(tmp_path / "x.xlsx"))


@pytest.mark.parametrize(("suffix", "make"), [("docx", a_docx), ("xlsx", an_xlsx)])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_is_reported_or_harmless(
    tmp_path: Path, suffix: str, make: Callable[[], bytes], data: st.DataObject
) -> None:
    content = bytearray(_made_once(make))
    for at in data.draw(st.lists(st.integers(4, len(content) - 1), min_size=1, max_size=8)):
        content[at] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(len(content) // 2, len(content))) :]
    (tmp_path / f"x.{suffix}").write_bytes(bytes(content))
    with contextlib.suppress(UnreadableFile):
        list(read(tmp_path / f"x.{suffix}"))


def test_a_numbering_that_swells_with_every_paragraph_is_cut(tmp_path: Path) -> None:
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    level = f'<w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="{"%1" * 5000}"/></w:lvl>'
    shape = f'<w:abstractNum w:abstractNumId="0">{level}</w:abstractNum>'
    numbering = f'<w:numbering {w}>{shape}<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    properties = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    paragraph = f"<w:p>{properties}<w:r><w:t>下列说法正确的是（）。</w:t></w:r></w:p>"
    place = tmp_path / "x.docx"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/numbering.xml", numbering)
        package.writestr("word/document.xml", f"<w:document {w}><w:body>{paragraph * 200}</w:body></w:document>")
    assert sum(len(line.text) for line in docx_lines(place)) < 200 * 1000
