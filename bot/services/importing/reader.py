"""Any file to its rows: what it is decides the content, the name must agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from bot.services.importing.package import open_package, package_type
from bot.services.importing.rows import Item, UnreadableFile

MAX_FILE = 64 * 1024 * 1024
"""Bytes; 41,689 questions are 2.6 MB."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_EXTENSIONS = {
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
_NAMES = {"docx": "Word 文档（docx）", "xlsx": "Excel 表格（xlsx）", "jsonl": "文本（jsonl）"}


def read(path: Path) -> Iterator[Item]:
    """The rows of *path*, read as they are asked for.

    Raises:
        UnreadableFile: at once for what the first bytes show, later for damage further in.
    """
    named = _EXTENSIONS.get(path.suffix.lower())
    if named is None:
        raise UnreadableFile("只能导入 docx、xlsx 和 jsonl 文件")
    found = _content(path)
    if found != named:
        raise UnreadableFile(_mismatch(path, found, named))
    return _reader(found)(path)


def _reader(content: str) -> Callable[[Path], Iterator[Item]]:
    # lxml and openpyxl cost the bot 12 MB that the starter bank's jsonl does not need.
    if content == "docx":
        from bot.services.importing.docx_file import read_docx

        return read_docx
    if content == "xlsx":
        from bot.services.importing.xlsx_file import read_xlsx

        return read_xlsx
    from bot.services.importing.jsonl_file import read_jsonl

    return read_jsonl


def _content(path: Path) -> str:
    try:
        if not path.is_file():
            raise UnreadableFile("找不到这个文件")
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(8)
            if head == _OLE:
                raise UnreadableFile(_old_office(_ENCRYPTED in stream.read(MAX_FILE)))
    except PermissionError as error:
        raise UnreadableFile("没有权限读这个文件") from error
    except OSError as error:
        raise UnreadableFile("这个文件读不了") from error
    if size == 0:
        raise UnreadableFile("文件是空的")
    if size > MAX_FILE:
        raise UnreadableFile(f"文件超过 {MAX_FILE // 1024 // 1024} MB，请拆开再导入")
    if not head.startswith(b"PK"):
        return "jsonl"
    with open_package(path) as package:
        found = package_type(package)
    if found is None:
        raise UnreadableFile("这是压缩包，里面不是 Word 或 Excel 文件")
    return found


def _old_office(encrypted: bool) -> str:
    if encrypted:
        return "文件加了密，请先去掉密码再导入"
    return "这是旧版 Office 文件（doc、xls），请另存为 docx 或 xlsx 再导入"


def _mismatch(path: Path, found: str, named: str) -> str:
    if found == "jsonl":
        return f"扩展名是 {path.suffix}，内容却不是 {_NAMES[named]}"
    return f"扩展名是 {path.suffix}，内容却是 {_NAMES[found]}，请改对扩展名再导入"
