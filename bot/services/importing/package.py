"""Opening docx and xlsx files (zip packages) that strangers sent."""

from __future__ import annotations

import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile

from bot.services.importing.rows import UnreadableFile

MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes all parts may have together; the original's 40,000 questions unpack to 24 MB."""
MAX_RATIO = 200
"""Unpacked to packed, judged from 16 MB on: documents reach 10 to 60, bombs thousands."""
MAX_PARTS = 10_000
_RATIO_MATTERS_FROM = 16 * 1024 * 1024

DAMAGED = "文件不完整或已损坏，请重新下载或另存一份再导入"


@contextmanager
def damage_reported() -> Generator[None]:
    """Turns what unpacking and parsing raise on broken bytes into :class:`UnreadableFile`."""
    try:
        yield
    except (BadZipFile, zlib.error, EOFError, ExpatError, ParseError, OSError, UnicodeDecodeError) as error:
        # UnicodeDecodeError: zipfile reads part names, and trusts their encoding flag.
        raise UnreadableFile(DAMAGED) from error
    except (RuntimeError, NotImplementedError) as error:
        # zipfile says so for parts with a password and for unknown compression methods.
        raise UnreadableFile("文件加了密或用了不认识的压缩方式，打不开") from error


@contextmanager
def open_package(path: Path) -> Generator[ZipFile]:
    """The package at *path* for reading, its declared sizes within bounds.

    ``zipfile`` never unpacks more of a part than the size it declares, so the
    bounds hold for what is read afterwards.

    Raises:
        UnreadableFile: damaged, encrypted, a zip bomb, or XML with its own entities.
    """
    with damage_reported(), ZipFile(path) as package:
        _check(package)
        yield package


def package_type(package: ZipFile) -> Literal["docx", "xlsx"] | None:
    """What the package holds; ``None`` for any other zip file."""
    names = set(package.namelist())
    if "word/document.xml" in names:
        return "docx"
    return "xlsx" if "xl/workbook.xml" in names else None


def _check(package: ZipFile) -> None:
    parts = package.infolist()
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
        raise UnreadableFile("文件解压后太大，像是压缩炸弹，没有打开")
    if unpacked > _RATIO_MATTERS_FROM and unpacked / packed > MAX_RATIO:
        raise UnreadableFile("文件压缩得不正常，像是压缩炸弹，没有打开")
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableFile("文件加了密，请先去掉密码再导入")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with package.open(part) as stream:
                # Office never declares entities; whoever does wants the parser to swell.
                if b"<!DOCTYPE" in stream.read(2048).replace(b"\0", b""):
                    raise UnreadableFile("文件里有 Office 不会写的内容（DOCTYPE），没有打开")
