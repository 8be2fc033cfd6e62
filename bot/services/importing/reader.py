"""Any file to its rows: what it is decides the content, the name must agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from bot.services.importing.package import open_package, package_type
from bot.services.importing.rows import Item, PictureFile, UnreadableFile

MAX_FILE = 64 * 1024 * 1024
"""Bytes; 41,689 questions are 2.6 MB."""

Content = Literal["docx", "xlsx", "xls", "pdf", "picture", "text"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORD = "WordDocument".encode("utf-16-le")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")
_EXTENSIONS: dict[str, Content] = {
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xls",
    ".pdf": "pdf",
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".md": "text",
    ".json": "text",
    ".jsonl": "text",
    ".ndjson": "text",
    ".png": "picture",
    ".jpg": "picture",
    ".jpeg": "picture",
    ".webp": "picture",
    ".bmp": "picture",
}
SUFFIXES = frozenset(_EXTENSIONS)
"""Of the files that can be imported."""
PICTURES = frozenset(suffix for suffix, content in _EXTENSIONS.items() if content == "picture")
_NAMES: dict[Content, str] = {
    "docx": "Word 文档（docx）",
    "xlsx": "Excel 表格（xlsx）",
    "xls": "旧版 Excel 表格（xls）",
    "pdf": "PDF",
    "picture": "图片",
    "text": "文本",
}


def read(path: Path, key: Path | None = None) -> Iterator[Item]:
    """The rows of *path*, read as they are asked for; its answers may stand apart in *key*.

    Raises:
        PictureFile: there is no text in it yet.
        UnreadableFile: at once for what the first bytes show, later for damage further in.
    """
    content = content_of(path)
    if key is not None:
        content_of(key)
        if content in ("xlsx", "xls") or path.suffix.lower() in (".csv", ".tsv", ".json", ".jsonl", ".ndjson"):
            raise UnreadableFile("只有试卷（Word、PDF、txt、md）才能另配答案文件")
    return _rows(content, path, key)


def content_of(path: Path) -> Content:
    """What *path* holds.

    Raises:
        UnreadableFile: nothing that can be imported, or its extension claims something else.
    """
    named = _EXTENSIONS.get(path.suffix.lower())
    if named is None:
        raise UnreadableFile("只能导入 docx、xlsx、xls、csv、txt、md、pdf、json、jsonl 和图片")
    found = _content(path)
    # Excel itself opens csv and html under any of its names; these readers say what they find.
    if found != named and not (named == "xls" and found == "text"):
        raise UnreadableFile(_mismatch(path, found, named))
    return found if named != "xls" else named


def _rows(content: Content, path: Path, key: Path | None) -> Iterator[Item]:
    # Each reader brings libraries that the bot does without until a file asks for them.
    match content, path.suffix.lower():
        case "docx", _:
            from bot.services.importing.docx_file import read_docx

            return read_docx(path, key)
        case "xlsx", _:
            from bot.services.importing.xlsx_file import read_xlsx

            return read_xlsx(path)
        case "xls", _:
            from bot.services.importing.xls_file import read_xls

            return read_xls(path)
        case "pdf", _:
            from bot.services.importing.pdf_file import read_pdf

            return read_pdf(path, key)
        case "picture", _:
            raise PictureFile("图片要先认字，这里读不了")
        case _, ".csv" | ".tsv":
            from bot.services.importing.csv_file import read_csv

            return read_csv(path)
        case _, ".json":
            from bot.services.importing.json_file import read_json

            return read_json(path)
        case _, ".jsonl" | ".ndjson":
            from bot.services.importing.jsonl_file import read_jsonl

            return read_jsonl(path)
        case _:
            from bot.services.importing.text_file import read_text

            return read_text(path, key)


def _content(path: Path) -> Content:
    try:
        if not path.is_file():
            raise UnreadableFile("找不到这个文件")
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(8)
            rest = stream.read(MAX_FILE) if head == _OLE else b""
    except PermissionError as error:
        raise UnreadableFile("没有权限读这个文件") from error
    except OSError as error:
        raise UnreadableFile("这个文件读不了") from error
    if size == 0:
        raise UnreadableFile("文件是空的")
    if size > MAX_FILE:
        raise UnreadableFile(f"文件超过 {MAX_FILE // 1024 // 1024} MB，请拆开再导入")
    if head == _OLE:
        return _ole(rest)
    if head.startswith(b"%PDF"):
        return "pdf"
    if head.startswith(_PICTURES):
        return "picture"
    if not head.startswith(b"PK"):
        return "text"
    with open_package(path) as package:
        found = package_type(package)
    if found is None:
        raise UnreadableFile("这是压缩包，里面不是 Word 或 Excel 文件")
    return found


def _ole(rest: bytes) -> Content:
    if _ENCRYPTED in rest:
        raise UnreadableFile("文件加了密，请先去掉密码再导入")
    if _WORD in rest:
        raise UnreadableFile("这是旧版 Word 文件（doc），请另存为 docx 再导入")
    return "xls"


def _mismatch(path: Path, found: Content, named: Content) -> str:
    if found == "text":
        return f"扩展名是 {path.suffix}，内容却不是 {_NAMES[named]}"
    return f"扩展名是 {path.suffix}，内容却是 {_NAMES[found]}，请改对扩展名再导入"
