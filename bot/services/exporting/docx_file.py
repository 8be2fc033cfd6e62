"""A practice paper and its key as Word documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from bot.services.exporting.paper import Group, Paper, Printed

_SONG, _HEI, _LATIN = "宋体", "黑体", "Times New Roman"
_SIZE = Pt(10.5)
_TEXT_WIDTH = Cm(17)
_INDENT = Cm(0.74)
"""Two characters: options stand under the stem's text."""
_BLANKS = "姓名：____________　　日期：____________　　得分：____________"
_ANSWER_LINE = "答：" + "_" * 60


def write_paper(paper: Paper, path: Path) -> None:
    """The questions, to be filled in by hand."""
    document = _document(paper.title)
    _title(document, paper.title)
    blanks = _paragraph(document, _BLANKS, after=8)
    blanks.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _questions(document, paper)
    document.save(str(path))


def write_key(paper: Paper, path: Path) -> None:
    """The answers, quick ones in fives, and the explanations."""
    document = _document(paper.title)
    _title(document, f"{paper.title}　参考答案")
    _answers(document, paper)
    document.save(str(path))


def write_whole(paper: Paper, path: Path) -> None:
    """The questions, and on a page of their own the answers."""
    document = _document(paper.title)
    _title(document, paper.title)
    _questions(document, paper)
    document.add_page_break()
    _title(document, "参考答案")
    _answers(document, paper)
    document.save(str(path))


def _questions(document: Any, paper: Paper) -> None:
    for section in paper.sections:
        _heading(document, section.heading)
        for group in section.groups:
            _material(document, group)
            for question in group.questions:
                _question(document, question)


def _answers(document: Any, paper: Paper) -> None:
    for section in paper.sections:
        _heading(document, section.heading)
        for start in range(0, len(section.quick), section.fives):
            fives = section.quick[start : start + section.fives]
            line = "\t".join(f"{label}　{' '.join(keys)}" for label, keys in fives)
            row = _paragraph(document, line, after=2)
            for at in range(1, section.fives):
                row.paragraph_format.tab_stops.add_tab_stop(int(_TEXT_WIDTH * at / section.fives))
        for group in section.groups:
            for question in group.questions:
                if question.explanation or not section.quick:
                    _note(document, question)


def _document(title: str) -> Any:
    document: Any = Document()
    document.core_properties.title = title[:255]
    document.core_properties.author = ""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin, section.bottom_margin = Cm(2.2), Cm(2)
    normal = document.styles["Normal"]
    _face(normal, _SONG)
    normal.font.size = _SIZE
    normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.MULTIPLE
    normal.paragraph_format.line_spacing = 1.25
    normal.paragraph_format.space_after = Pt(0)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, code in (("第 ", "PAGE"), (" 页　共 ", "NUMPAGES"), (" 页", "")):
        footer.add_run(text).font.size = Pt(9)
        if code:
            _field(footer, code)
    return document


def _face(styled: Any, chinese: str) -> None:
    styled.font.name = _LATIN
    properties = styled.element.get_or_add_rPr()
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), chinese)
    language = properties.makeelement(qn("w:lang"))
    language.set(qn("w:eastAsia"), "zh-CN")
    properties.append(language)


def _field(paragraph: Any, code: str) -> None:
    run = paragraph.add_run()
    run.font.size = Pt(9)
    for tag, kind, text in (
        ("w:fldChar", "begin", ""),
        ("w:instrText", "", f" {code} "),
        ("w:fldChar", "separate", ""),
        ("w:t", "", "1"),
        ("w:fldChar", "end", ""),
    ):
        part = run._r.makeelement(qn(tag))
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
            part.set(qn("xml:space"), "preserve")
        run._r.append(part)


def _paragraph(document: Any, text: str = "", *, before: float = 0, after: float = 0) -> Any:
    paragraph = document.add_paragraph(text)
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
    paragraph.paragraph_format.keep_together = True
    return paragraph


def _strong(paragraph: Any, text: str, size: float) -> None:
    run = paragraph.add_run(text)
    run.bold = True
    run.font.size = Pt(size)
    run.font.name = _LATIN
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _HEI)


def _title(document: Any, title: str) -> None:
    paragraph = _paragraph(document, after=6)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _strong(paragraph, title, 18)


def _heading(document: Any, heading: str) -> None:
    paragraph = _paragraph(document, before=12, after=4)
    paragraph.paragraph_format.keep_with_next = True
    _strong(paragraph, heading, 12)


def _material(document: Any, group: Group) -> None:
    if not group.material:
        return
    guide = _paragraph(document, before=8, after=2)
    guide.paragraph_format.keep_with_next = True
    _strong(guide, group.guide, 10.5)
    lines = [line.strip() for line in group.material.split("\n") if line.strip()]
    for line in lines:
        paragraph = _paragraph(document, line)
        paragraph.paragraph_format.first_line_indent = _INDENT
        paragraph.paragraph_format.keep_together = False
        paragraph.paragraph_format.keep_with_next = line is lines[-1]


def _question(document: Any, question: Printed) -> None:
    stem = _paragraph(document, before=6)
    stem.paragraph_format.left_indent, stem.paragraph_format.first_line_indent = _INDENT, -_INDENT
    stem.paragraph_format.tab_stops.add_tab_stop(_INDENT)
    stem.paragraph_format.keep_together = question.whole
    _number(stem, question)
    stem.add_run(question.stem)
    lines = [
        "\t".join(question.options[start : start + question.columns])
        for start in range(0, len(question.options), question.columns)
    ]
    if question.kind == "short":
        lines = [_ANSWER_LINE]
    stem.paragraph_format.keep_with_next = bool(lines) and question.whole
    for at, line in enumerate(lines, 1):
        paragraph = _paragraph(document, line)
        paragraph.paragraph_format.left_indent = _INDENT
        paragraph.paragraph_format.keep_with_next = at < len(lines) and question.whole
        for column in range(1, question.columns):
            place = _INDENT + (_TEXT_WIDTH - _INDENT) * column / question.columns
            paragraph.paragraph_format.tab_stops.add_tab_stop(int(place))


def _number(paragraph: Any, question: Printed) -> None:
    paragraph.add_run(f"{question.number}.\t").bold = True


def _note(document: Any, question: Printed) -> None:
    paragraph = _paragraph(document, before=3)
    paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = _INDENT, -_INDENT
    paragraph.paragraph_format.tab_stops.add_tab_stop(_INDENT)
    paragraph.paragraph_format.keep_together = question.note_whole
    _number(paragraph, question)
    paragraph.add_run(question.answer or "（暂无）").bold = True
    if question.explanation:
        paragraph.add_run(f"　{question.explanation}")
