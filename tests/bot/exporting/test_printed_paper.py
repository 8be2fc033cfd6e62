"""The practice paper and its key, as arranged and as printed."""

from io import BytesIO

from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from bot.services.exporting import docx_file, pdf_file
from bot.services.exporting.paper import LINE, arrange, columns, width
from store.bank_reading import Entry


def entry(number: int, kind: str = "single", **values) -> Entry:
    plain = {
        "id": number,
        "kind": kind,
        "stem": f"第{number}道题的题干",
        "options": ("甲", "乙", "丙", "丁") if kind in ("single", "multiple") else (),
        "material": "",
        "answer": {"single": "B", "multiple": "AC", "judge": "错误", "short": "答案文字"}[kind],
        "aliases": (),
        "explanation": "",
        "category": "法律",
        "difficulty": None,
        "source": "",
        "valid_until": None,
        "status": "active",
        "fingerprint": f"{number:032x}",
    }
    return Entry(**(plain | values))


def test_sections_follow_the_kinds_and_numbers_run_through():
    paper = arrange("卷", [entry(1, "short"), entry(2), entry(3, "judge"), entry(4, "multiple"), entry(5)])
    assert [section.heading for section in paper.sections] == [
        "一、单项选择题（共 2 题）",
        "二、多项选择题（共 1 题）",
        "三、判断题（共 1 题）",
        "四、简答题（共 1 题）",
    ]
    questions = [q for section in paper.sections for group in section.groups for q in group.questions]
    assert [question.number for question in questions] == [1, 2, 3, 4, 5]
    assert [section.quick for section in paper.sections] == [
        [("1～2", ["B", "B"])],
        [("3", ["AC"])],
        [("4", ["×"])],
        [],
    ]


def test_a_passage_stands_once_above_its_questions():
    entries = [entry(1, material="材料甲"), entry(2), entry(3, material="材料甲"), entry(4, material="材料乙")]
    (section,) = arrange("卷", entries).sections
    assert [(group.material, [q.number for q in group.questions]) for group in section.groups] == [
        ("", [1]),
        ("材料甲", [2, 3]),
        ("材料乙", [4]),
    ]
    assert section.groups[1].guide == "阅读下面的材料，回答 2～3 题。"


def test_a_passage_with_several_kinds_gets_a_section_of_its_own():
    paper = arrange("卷", [entry(1, material="材料"), entry(2, "multiple", material="材料"), entry(3)])
    assert [section.heading for section in paper.sections] == ["一、单项选择题（共 1 题）", "二、材料题（共 2 题）"]
    assert [group.material for group in paper.sections[1].groups] == ["材料"]


def test_brackets_are_added_only_where_nothing_is_to_be_filled_in():
    stems = ["首都是（ ）。", "首都是____。", "首都是哪里？"]
    (section,) = arrange("卷", [entry(n, stem=stem) for n, stem in enumerate(stems, 1)]).sections
    assert [q.stem for q in section.groups[0].questions] == ["首都是（　　）。", "首都是____。", "首都是哪里？（　　）"]


def test_options_stand_as_close_as_they_fit():
    assert columns(["一", "二", "三", "四"]) == 4
    assert columns(["一" * 12, "二", "三", "四"]) == 2
    assert columns(["一" * 30, "二", "三", "四"]) == 1
    assert columns(["甲", "乙"]) == 2


@given(st.lists(st.text(st.sampled_from("汉字ab1。"), min_size=1, max_size=60), min_size=2, max_size=8))
def test_options_never_run_into_each_other(options):
    count = columns(options)
    assert count in (1, 2, 4)
    assert count == 1 or max(map(width, options)) < LINE / count


HARMFUL = '#let x = 1; *粗* $y$ <b>不是标记</b> \\n "引号" #include "/etc/passwd" @ref `code`'


def _pdf_text(path) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(path.read_bytes())).pages)


def test_the_printed_files_hold_the_questions_and_the_key_apart(tmp_path):
    entries = [
        entry(1, stem=HARMFUL, explanation="因为乙对。"),
        entry(2, "judge", stem="地球是方的。"),
        entry(3, "short", stem="谁写了《呐喊》？", answer="鲁迅"),
    ]
    paper = arrange("期中练习", entries)
    for file, read in ((pdf_file, _pdf_text), (docx_file, _docx_text)):
        form = "pdf" if file is pdf_file else "docx"
        questions, key = tmp_path / f"a.{form}", tmp_path / f"b.{form}"
        file.write_paper(paper, questions)
        file.write_key(paper, key)
        asked, answered = (_squeezed(read(path)) for path in (questions, key))
        assert _squeezed(HARMFUL) in asked
        for text in ("期中练习", "姓名", "一、单项选择题", "A.甲", "地球是方的。", "答："):
            assert text in asked
        for text in ("因为乙对。", "鲁迅", "×"):
            assert text in answered
            assert text not in asked


def _docx_text(path) -> str:
    return "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs)


def _squeezed(text: str) -> str:
    return "".join(text.split()).replace("“", '"').replace("”", '"')


def test_a_question_stays_on_one_page_in_word(tmp_path):
    docx_file.write_paper(arrange("卷", [entry(1, options=("长" * 30, "乙", "丙", "丁"))]), tmp_path / "a.docx")
    lines = [p for p in Document(str(tmp_path / "a.docx")).paragraphs if p.text.startswith(("1.", "A.", "B.", "C."))]
    assert [p.paragraph_format.keep_with_next for p in lines] == [True] * 4


def test_characters_outside_the_font_print_all_the_same(tmp_path):
    stem = "𠮷 龘 😀 \ue000 \x01 한 ไทย \ufffd"
    pdf_file.write_paper(arrange("卷", [entry(1, stem=stem)]), tmp_path / "a.pdf")
    docx_file.write_paper(arrange("卷", [entry(1, stem=stem)]), tmp_path / "a.docx")
    assert "龘" in _pdf_text(tmp_path / "a.pdf")
    assert "龘" in _docx_text(tmp_path / "a.docx")


@settings(max_examples=25, deadline=None)
@given(stem=st.text(max_size=200), option=st.text(max_size=80), material=st.text(max_size=200))
def test_no_text_breaks_the_printing(tmp_path_factory, stem, option, material):
    folder = tmp_path_factory.mktemp("paper")
    paper = arrange(stem, [entry(1, stem=stem, options=(option, "乙"), material=material, explanation=stem)])
    for file, form in ((pdf_file, "pdf"), (docx_file, "docx")):
        file.write_paper(paper, folder / f"a.{form}")
        file.write_key(paper, folder / f"b.{form}")


def test_a_very_long_question_runs_over_pages(tmp_path):
    pdf_file.write_paper(arrange("卷", [entry(1, stem="很长" * 2500)]), tmp_path / "a.pdf")
    assert len(PdfReader(tmp_path / "a.pdf").pages) > 1
    assert _pdf_text(tmp_path / "a.pdf").count("长") == 2500


def test_long_explanations_run_over_pages(tmp_path):
    steps = "\n".join(f"第{number}步。" for number in range(200))
    pdf_file.write_key(arrange("卷", [entry(1, explanation=steps)]), tmp_path / "a.pdf")
    assert _pdf_text(tmp_path / "a.pdf").count("步。") == 200
