"""One text for training, serving and evaluation.

The programs are not installed here, so what each does with its template is written
out below, small, after its source: xtuner 0.2.0, transformers 4.57.6, opencompass
0.5.0 (the same in 0.5.4). The sources themselves, fed with 3,000 turns, gave the same.
"""

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jinja2 import Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from inference.chat_template import (
    FORMATS,
    INTERNLM2,
    LLAMA3,
    QWEN,
    QWEN3,
    ChatFormat,
    UnknownFamily,
    family_of,
    holds_control_tokens,
)
from inference.prompts import SYSTEM_PROMPT, Turn, question_messages, training_turn
from inference.replies import Message

TURNS: list[Turn] = [
    training_turn("辛亥革命发生在哪一年？\nA. 1911\nB. 1912", "A. 1911\n武昌起义发生于 1911 年。"),
    {"system": "", "input": "没有系统提示的题", "output": "对"},
    {"system": "系统\n\n两行\n", "input": "\n前后有换行\n", "output": "\n答案前后有换行\n"},
    {"system": "{system} {input}", "input": "{input} {0} {} {round} }{ {{output}}", "output": "{output}"},
    {"system": "100%s", "input": "增长 5% 和 %d %(x)s", "output": "%"},
    {"system": "{% if x %}", "input": "{{ bos_token }} {# 注 #} {% endfor %}", "output": "{{ 1 + 1 }}"},
    {"system": "'单' \"双\" `反`", "input": "\\n 不是换行 \\ 「引号」“”", "output": "'''\"\"\""},
    {"system": "a < b > c | d", "input": "assistant\nuser\nsystem", "output": "$end ${end} <b>粗</b> [图]"},
    {"system": "  ", "input": " \t两边有空白\u3000 ", "output": " "},
    {"system": "s", "input": "", "output": ""},
    {"system": "s", "input": "\r\nWindows 换行\r\n", "output": "🀄 𠮷 é e\u0301 \u200b"},
]

# Entries of PROMPT_TEMPLATE as they stand in xtuner 0.2.0, xtuner/utils/templates.py.
XTUNER_0_2_0: dict[str, dict[str, Any]] = {
    "internlm2_chat": {
        "SYSTEM": "<|im_start|>system\n{system}<|im_end|>\n",
        "INSTRUCTION": "<|im_start|>user\n{input}<|im_end|>\n<|im_start|>assistant\n",
        "SUFFIX": "<|im_end|>",
        "SUFFIX_AS_EOS": True,
        "SEP": "\n",
        "STOP_WORDS": ["<|im_end|>"],
    },
    "qwen_chat": {
        "SYSTEM": "<|im_start|>system\n{system}<|im_end|>\n",
        "INSTRUCTION": "<|im_start|>user\n{input}<|im_end|>\n<|im_start|>assistant\n",
        "SUFFIX": "<|im_end|>",
        "SUFFIX_AS_EOS": True,
        "SEP": "\n",
        "STOP_WORDS": ["<|im_end|>", "<|endoftext|>"],
    },
    "llama3_chat": {
        "SYSTEM": "<|start_header_id|>system<|end_header_id|>\n\n{system}<|eot_id|>",
        "INSTRUCTION": (
            "<|start_header_id|>user<|end_header_id|>\n\n{input}<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n"
        ),
        "SUFFIX": "<|eot_id|>",
        "SUFFIX_AS_EOS": True,
        "STOP_WORDS": ["<|eot_id|>"],
    },
}
# The chat_template of internlm/internlm2-chat-20b's tokenizer_config.json, revision 477d4748.
INTERNLM2_OWN = (
    "{{ bos_token }}{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def trained(known: ChatFormat, turn: Turn) -> tuple[str, str]:
    """What is given and what is learnt: template_map_fn, then encode_fn with BOS and EOS as text.

    After xtuner/dataset/map_fns/template_map_fn.py and xtuner/dataset/utils.py.
    """
    template: dict[str, Any] = dict(known.xtuner_template())
    text = template["INSTRUCTION"].format(input=turn["input"], round=1)
    if turn["system"] != "":
        text = template["SYSTEM"].format(system=turn["system"]) + text
    output = turn["output"]
    if template.get("SUFFIX"):
        output += template["SUFFIX"]
    needs_eos = not template.get("SUFFIX_AS_EOS", False)
    return known.bos + text, output + ("<EOS>" if needs_eos else "") + template.get("SEP", "")


def served(template: str, messages: list[Any], *, bos: str, asking: bool) -> str:
    """What apply_chat_template gives; a token that the tokenizer has not is no variable of the template."""
    special = {"bos_token": bos} if bos else {}
    return compiled(template).render(messages=messages, add_generation_prompt=asking, **special)


@cache
def compiled(template: str) -> Template:
    """After _compile_jinja_template in transformers/utils/chat_template_utils.py."""
    return ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(template)


def evaluated(known: ChatFormat, turn: Turn, *, asking: bool) -> str:
    """LMTemplateParser.parse_template of opencompass/models/base.py, for ``begin`` and one round.

    *asking* is its mode ``gen``. The tokenizer puts BOS before what it gives.
    """
    meta: Any = known.opencompass_meta()
    roles = {role["role"]: role for role in [*meta["round"], *meta["reserved_roles"]]}
    begin = [{"role": "SYSTEM", "prompt": turn["system"]}] if turn["system"] else []
    prompts = {"HUMAN": turn["input"], "BOT": turn["output"]}
    text = known.bos
    for item in begin:
        text += roles[item["role"]].get("begin", "") + item["prompt"] + roles[item["role"]].get("end", "")
    for role in meta["round"]:
        text += role.get("begin", "")
        if asking and role.get("generate", False):
            return text
        text += prompts[role["role"]] + role.get("end", "")
    return text


def messages_of(turn: Turn) -> list[Any]:
    return [{"role": "system", "content": turn["system"]}, {"role": "user", "content": turn["input"]}]


def agree(known: ChatFormat, turn: Turn) -> None:
    """Require one text in all three places, where the answer begins and after it."""
    given, learnt = trained(known, turn)
    answered = [*messages_of(turn), {"role": "assistant", "content": turn["output"]}]
    asked = known.bos + known.render(turn, with_answer=False)
    whole = known.bos + known.render(turn, with_answer=True)

    assert given == asked
    assert served(known.jinja(), messages_of(turn), bos=known.bos, asking=True) == asked
    assert evaluated(known, turn, asking=True) == asked

    assert given + learnt == whole
    assert served(known.jinja(), answered, bos=known.bos, asking=False) == whole
    assert evaluated(known, turn, asking=False) == whole


each_format = pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.family)
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
marked_text = st.lists(st.sampled_from(["<|", "|>", "<", ">", "im_end", "\n", "{{", "}}", "user", "题"])).map("".join)


@each_format
@pytest.mark.parametrize("turn", TURNS)
def test_training_serving_and_evaluation_show_the_model_the_same_text(known: ChatFormat, turn: Turn) -> None:
    agree(known, turn)


@each_format
@settings(deadline=None)
@given(system=any_text, question=any_text | marked_text, answer=any_text | marked_text)
def test_any_text_is_written_out_alike(known: ChatFormat, system: str, question: str, answer: str) -> None:
    agree(known, {"system": system, "input": question, "output": answer})


def test_the_bots_own_question_is_what_was_trained() -> None:
    question = "我国的根本制度是什么？"
    for known in FORMATS:
        asked = served(known.jinja(), list(question_messages(question)), bos="", asking=True)
        assert asked == known.render(training_turn(question, "社会主义制度"), with_answer=False)
        assert SYSTEM_PROMPT in asked


@each_format
@settings(deadline=None)
@given(texts=st.lists(any_text, min_size=1, max_size=5), system=any_text)
def test_a_talk_is_written_out_as_the_server_does_it(known: ChatFormat, texts: list[str], system: str) -> None:
    earlier = [(text, text[::-1]) for text in texts[:-1]]
    talk: list[Message] = [
        {"role": "system", "content": system},
        *question_messages(texts[-1], previous=earlier)[1:],
    ]
    assert known.render_messages(talk) == served(known.jinja(), list(talk), bos=known.bos, asking=True)


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (
            QWEN,
            "<|im_start|>system\n甲<|im_end|>\n<|im_start|>user\n乙<|im_end|>\n<|im_start|>assistant\n丙<|im_end|>\n",
        ),
        (
            QWEN3,
            "<|im_start|>system\n甲<|im_end|>\n<|im_start|>user\n乙<|im_end|>\n"
            "<|im_start|>assistant\n<think>\n\n</think>\n\n丙<|im_end|>\n",
        ),
        (
            LLAMA3,
            "<|start_header_id|>system<|end_header_id|>\n\n甲<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n乙<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n丙<|eot_id|>",
        ),
    ],
    ids=lambda value: value.family if isinstance(value, ChatFormat) else "",
)
def test_the_text_is_what_the_family_was_made_with(known: ChatFormat, text: str) -> None:
    assert known.render({"system": "甲", "input": "乙", "output": "丙"}, with_answer=True) == text


@pytest.mark.parametrize("turn", [turn for turn in TURNS if turn["system"]])
def test_internlm2_is_served_as_by_its_own_template(turn: Turn) -> None:
    own = served(INTERNLM2_OWN, messages_of(turn), bos="<s>", asking=True)
    assert own == served(INTERNLM2.jinja(), messages_of(turn), bos="<s>", asking=True)
    assert own.startswith("<s><|im_start|>")


@each_format
def test_bos_is_written_once_and_only_by_who_does_not_leave_it_to_the_tokenizer(known: ChatFormat) -> None:
    assert known.jinja().count("bos_token") == bool(known.bos)
    assert "begin" not in known.opencompass_meta()
    if known.bos:
        assert known.bos not in known.render(TURNS[0], with_answer=True)


def test_only_qwens_last_answer_says_that_it_did_not_think() -> None:
    talk = list(question_messages("第二问", previous=[("第一问", "一")]))
    text = served(QWEN3.jinja(), talk, bos="", asking=True)
    assert "assistant\n一<|im_end|>" in text
    assert text.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert text.count("<think>") == 1


@each_format
def test_a_name_that_xtuner_knows_stands_for_the_same_template(known: ChatFormat) -> None:
    if known.xtuner_name is None:
        assert dict(known.xtuner_template()) not in XTUNER_0_2_0.values()
    else:
        assert known.xtuner_template() == {"SEP": "", **XTUNER_0_2_0[known.xtuner_name]}


@each_format
@settings(deadline=None)
@given(system=any_text, question=any_text, answer=any_text)
def test_the_parts_are_found_again_in_order(known: ChatFormat, system: str, question: str, answer: str) -> None:
    assume(not any(map(holds_control_tokens, (system, question, answer))))
    text = known.render({"system": system, "input": question, "output": answer}, with_answer=True)
    before, after = re.escape(known.before_role), re.escape(known.after_role)
    message = f"{before}(system|user|assistant){after}(.*?){re.escape(known.end + known.gap)}"
    found = [(role, body) for role, body in re.findall(message, text, re.DOTALL)]
    expected = [("user", question), ("assistant", known.no_thoughts + answer)]
    assert found == ([("system", system), *expected] if system else expected)
    assert re.sub(message, "", text, flags=re.DOTALL) == ""


@each_format
@settings(deadline=None)
@given(before=any_text, after=any_text)
def test_every_mark_of_a_format_is_a_control_token(known: ChatFormat, before: str, after: str) -> None:
    empty: Turn = {"system": "s", "input": "", "output": ""}
    marks = {*re.findall(r"<[^<>]+>", known.render(empty, with_answer=True)), *known.stop_words, known.end, known.bos}
    assert len(marks) >= 2
    for mark in marks - {""}:
        assert holds_control_tokens(before + mark + after), mark


@pytest.mark.parametrize(
    "text",
    [
        *("<|im_start|>", "a<|IM_END|>b", "</s>", "<s>", "<think>", "</think>", "<tool_call>", "<|fim_prefix|>"),
        *("[INST]", "<<SYS>>", "<start_of_turn>", "<eoa>", "[UNUSED_TOKEN_145]", "<｜end▁of▁sentence｜>"),
        "<|reserved_special_token_250|>",
    ],
)
def test_marks_of_other_families_are_control_tokens_too(text: str) -> None:
    assert holds_control_tokens(text)


@pytest.mark.parametrize("text", ["", "a < b > c", "<b>粗</b>", "[图]", "《宪法》", "x <| y |> z", "【例】", "1<2"])
def test_ordinary_text_holds_no_control_token(text: str) -> None:
    assert not holds_control_tokens(text)


@pytest.mark.parametrize(
    ("config", "known"),
    [
        ({"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}, QWEN),
        ({"model_type": "qwen2_moe"}, QWEN),
        ({"architectures": ["Qwen2MoeForCausalLM"]}, QWEN),
        ({"model_type": "qwen3"}, QWEN3),
        ({"model_type": "internlm2"}, INTERNLM2),
        ({"model_type": "internlm3", "architectures": ["InternLM3ForCausalLM"]}, INTERNLM2),
        ({"model_type": "ours", "architectures": ["InternLM2ForCausalLM"]}, INTERNLM2),
        ({"model_type": "llama", "vocab_size": 128256}, LLAMA3),
        ({"architectures": ["LlamaForCausalLM"], "vocab_size": 128256}, LLAMA3),
    ],
)
def test_a_model_folder_tells_its_format(config: dict[str, object], known: ChatFormat) -> None:
    assert family_of(config) is known


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"architectures": None},
        {"model_type": "chatglm", "architectures": ["ChatGLMModel"]},
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 32000},
        {"model_type": "qwen2_5_vl"},
    ],
)
def test_an_unknown_model_is_refused_and_the_known_ones_are_named(config: dict[str, object]) -> None:
    with pytest.raises(UnknownFamily, match="对话格式") as refused:
        family_of(config)
    assert all(known.title in str(refused.value) for known in FORMATS)
    assert str(config.get("model_type", "")) in str(refused.value)
