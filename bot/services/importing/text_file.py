"""Plain text and Markdown: exam papers, and ``题干->答案`` lists."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from bot.services.importing.paper_lines import paper_lines
from bot.services.importing.papers import Line, read_either
from bot.services.importing.papers.arrows import mostly_arrows, rows_of
from bot.services.importing.rows import Item, UnreadableFile

MAX_BYTES = 64 * 1024 * 1024
_SAMPLE = 2000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = "这不是文本文件，请换成 txt、docx 或 xlsx 再导入"
_UNPRINTED = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKDOWN = {".md", ".markdown"}
_IMAGE = re.compile(
    r"!\[[^\]]{0,200}\]\([^)]{0,2000}\)|<img\b[^>]{0,2000}>|\$[^$]{0,500}\\(?:frac|sqrt|sum|int|begin)\b"
)
_LINK = re.compile(r"(?<!!)\[([^\]]{1,200})\]\((?:https?:|#|/|\.)[^)]{0,2000}\)")
_OPENING = re.compile(r"^\s{0,12}(?:(?:>\s?){1,4}|#{1,6}\s+|[-*+]\s+(?:\[[ xX]\]\s+)?)+")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$|^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?\s*)?$")
_BOLD = re.compile(r"\*\*([^*\n]{1,2000})\*\*|(?<![\w*])\*([^*\s][^*\n]{0,500})\*(?![\w*])|`([^`\n]{1,500})`")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>|])")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def read_text(path: Path, key: Path | None = None) -> Iterator[Item]:
    """The rows of a text file, in order; *key* is a file with the keys of its questions.

    Raises:
        UnreadableFile: not text, an unknown encoding, or no questions in it.
    """
    lines = text_lines(path)
    texts = [line.text for line in lines]
    if mostly_arrows(texts[:_SAMPLE]):
        yield from rows_of(texts)
    else:
        yield from read_either(texts, lines, paper_lines(key) if key else None)


def text_lines(path: Path) -> list[Line]:
    """The lines of the file, without the signs of Markdown where its name says it is that.

    Raises:
        UnreadableFile: not text, or an unknown encoding.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableFile("这个文件读不了") from error
    if len(content) > MAX_BYTES:
        raise UnreadableFile(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆开再导入")
    texts = re.split(r"\r\n|[\n\r\x0b\x0c\u0085\u2028\u2029]", decoded(content))
    if path.suffix.lower() in _MARKDOWN:
        return [plain(number, text) for number, text in enumerate(texts, 1)]
    return [Line(number, text) for number, text in enumerate(texts, 1)]


def decoded(content: bytes) -> str:
    """The text in *content*: UTF-8, UTF-16 with a mark at its start, or GB18030.

    Raises:
        UnreadableFile: none of them.
    """
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    if encoding is None and b"\0" in content:
        raise UnreadableFile(_NOT_TEXT)
    for name in (encoding,) if encoding else ("utf-8", "gb18030"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if len(_UNPRINTED.findall(text)) * 100 > len(text):
            raise UnreadableFile(_NOT_TEXT)
        return text
    raise UnreadableFile("文字编码不认识，请另存为 UTF-8 再导入")


def plain(number: int, text: str) -> Line:
    """A line of Markdown as it reads: no signs, cells of a table apart by tabs."""
    if _RULE.match(text) and not text.lstrip().startswith("_"):
        return Line(number, "")
    picture = _IMAGE.search(text) is not None
    text = _OPENING.sub("", _LINK.sub(r"\1", _IMAGE.sub("", text)))
    text = _BOLD.sub(lambda found: found[1] or found[2] or found[3], _BREAK.sub("\t", text))
    bare = text.strip()
    if bare.startswith("|") or bare.count("|") > 2:
        text = "\t".join(cell.strip() for cell in re.split(r"(?<!\\)\|", bare.strip("|")))
    return Line(number, _ESCAPED.sub(r"\1", text), picture)
