"""How a conversation is written out for a model: one owner for training, serving and evaluation.

Which words are sent is decided in :mod:`inference.prompts`; here is the text
around them that each family of models was made with. XTuner, LMDeploy (through
the tokenizer's template) and OpenCompass each want it in a shape of their own;
all of them are made from one description, and a test holds all three against
:meth:`ChatFormat.render`.

The token that begins a text is a token, not text, and no part of what ``render``
gives. It comes once in each place: XTuner's ``encode_fn`` puts the tokenizer's
BOS before the first input (never for Qwen's tokenizer classes); the serving
template writes it, and LMDeploy drops one of two when the tokenizer adds its own;
OpenCompass's local models leave it to the tokenizer, so that the meta template
must not write it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from string import Template
from typing import NotRequired, TypedDict, cast

from inference.prompts import Turn
from inference.replies import Message

# Earlier answers of a talk go without the empty thought, as in Qwen3's own template.
_JINJA = Template(
    "{% for message in messages if message['content'] or message['role'] != 'system' %}"
    "{{ $before_role + message['role'] + $after_role }}"
    "{% if loop.last and message['role'] == 'assistant' %}{{ $no_thoughts }}{% endif %}"
    "{{ message['content'] + $end }}{% endfor %}"
    "{% if add_generation_prompt %}{{ $answer_header }}{% endif %}"
)


class UnknownFamily(Exception):
    """No chat format is known for the model; the message is Chinese and names those that are."""


class XTunerTemplate(TypedDict):
    """An entry of ``PROMPT_TEMPLATE`` in XTuner 0.2.0's ``xtuner/utils/templates.py``."""

    SYSTEM: str
    INSTRUCTION: str
    SUFFIX: str
    SUFFIX_AS_EOS: bool
    SEP: str
    STOP_WORDS: list[str]


class MetaRole(TypedDict):
    role: str
    begin: str
    end: str
    generate: NotRequired[bool]


class MetaTemplate(TypedDict):
    """What ``meta_template`` of an OpenCompass model holds."""

    round: list[MetaRole]
    reserved_roles: list[MetaRole]


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """How one family of models reads a conversation."""

    family: str
    """Short name, for records and folders."""
    title: str
    """What people call these models."""
    model_types: tuple[str, ...]
    """``model_type`` in ``config.json``."""
    before_role: str
    after_role: str
    end: str
    """Mark that ends every message; the answer's is learnt and stops the model."""
    gap: str
    """What separates a message's end from the next message."""
    stop_words: tuple[str, ...]
    bos: str = ""
    """Token that begins a text; empty when the family has none."""
    no_thoughts: str = ""
    """What stands between the assistant's header and its answer, so that it answers at once."""
    xtuner_name: str | None = None
    """Name of the same template in XTuner 0.2.0's ``PROMPT_TEMPLATE``; ``None`` when there is none."""

    @property
    def answer_header(self) -> str:
        """What comes right before an answer."""
        return self._header("assistant") + self.no_thoughts

    def render(self, turn: Turn, *, with_answer: bool) -> str:
        """The text that a model sees of *turn*, without :attr:`bos`; an empty system prompt is left out.

        It ends where the answer begins, or *with_answer* where the next message would.
        """
        system = self._message("system", turn["system"]) if turn["system"] else ""
        asked = system + self._message("user", turn["input"]) + self.answer_header
        return asked + turn["output"] + self.end + self.gap if with_answer else asked

    def render_messages(self, messages: Sequence[Message]) -> str:
        """The text of a talk that is to be answered, :attr:`bos` first, as the template of :meth:`jinja` writes it."""
        told = (one for one in messages if one["content"] or one["role"] != "system")
        return self.bos + "".join(self._message(one["role"], one["content"]) for one in told) + self.answer_header

    def xtuner_template(self) -> XTunerTemplate:
        """For XTuner's ``template_map_fn_factory``; written literally into a config, so no name is needed.

        A config turns it into the ``ConfigDict`` that ``template_map_fn`` reads by attribute.
        """
        return {
            "SYSTEM": self._message("system", "{system}"),
            "INSTRUCTION": self._message("user", "{input}") + self.answer_header,
            "SUFFIX": self.end,
            "SUFFIX_AS_EOS": True,
            "SEP": self.gap,
            "STOP_WORDS": list(self.stop_words),
        }

    def jinja(self) -> str:
        """``chat_template`` of the served folder's ``tokenizer_config.json``.

        A file ``chat_template.jinja`` beside it would win over that key (and is
        what transformers 4.57 saves). Unlike the families' own templates this
        one invents no system prompt, adds no date and strips nothing, as
        training does not either.
        """
        texts = {"before_role": self.before_role, "after_role": self.after_role, "no_thoughts": self.no_thoughts}
        texts |= {"end": self.end + self.gap, "answer_header": self.answer_header}
        messages = _JINJA.substitute({name: json.dumps(text) for name, text in texts.items()})
        return "{{ bos_token }}" + messages if self.bos else messages

    def opencompass_meta(self) -> MetaTemplate:
        """For OpenCompass's models that apply no chat template themselves, such as ``HuggingFaceCausalLM``.

        SYSTEM is a reserved role: its parser writes out every role of ``round``
        in every round, used or not. A data set's system prompt therefore goes
        into ``begin``. The stop words are no part of it: they go into the
        model's ``stop_words`` or ``end_str``.
        """
        end = self.end + self.gap
        return {
            "round": [
                {"role": "HUMAN", "begin": self._header("user"), "end": end},
                {"role": "BOT", "begin": self.answer_header, "end": end, "generate": True},
            ],
            "reserved_roles": [{"role": "SYSTEM", "begin": self._header("system"), "end": end}],
        }

    def _header(self, role: str) -> str:
        return self.before_role + role + self.after_role

    def _message(self, role: str, text: str) -> str:
        return self._header(role) + text + self.end + self.gap


QWEN = ChatFormat(
    family="qwen",
    title="Qwen2、Qwen2.5",
    model_types=("qwen2", "qwen2_moe"),
    before_role="<|im_start|>",
    after_role="\n",
    end="<|im_end|>",
    gap="\n",
    stop_words=("<|im_end|>", "<|endoftext|>"),
    xtuner_name="qwen_chat",
)
# Qwen3 thinks unless its answer begins with an empty thought. Here every answer does, just as
# in the template its makers give for never thinking (docs/source/assets/qwen3_nonthinking.jinja
# of QwenLM/Qwen3): a thought would use up the time and the tokens of a short answer, and with
# the plain header a model would leave it out only once it is trained. The 2507 Instruct models
# do without the block but know its tokens, and config.json cannot tell them apart.
QWEN3 = replace(
    QWEN,
    family="qwen3",
    title="Qwen3",
    model_types=("qwen3", "qwen3_moe"),
    no_thoughts="<think>\n\n</think>\n\n",
    xtuner_name=None,
)
INTERNLM2 = ChatFormat(
    family="internlm2",
    title="InternLM2、InternLM2.5、InternLM3",
    model_types=("internlm2", "internlm3"),
    before_role="<|im_start|>",
    after_role="\n",
    end="<|im_end|>",
    gap="\n",
    stop_words=("<|im_end|>",),
    bos="<s>",
    xtuner_name="internlm2_chat",
)
LLAMA3 = ChatFormat(
    family="llama3",
    title="Llama 3",
    model_types=("llama",),
    before_role="<|start_header_id|>",
    after_role="<|end_header_id|>\n\n",
    end="<|eot_id|>",
    gap="",
    stop_words=("<|eot_id|>",),
    bos="<|begin_of_text|>",
    xtuner_name="llama3_chat",
)
FORMATS = (QWEN, QWEN3, INTERNLM2, LLAMA3)

# Llama 2, Yi and others call themselves llama too; their vocabularies are smaller.
_LLAMA3_VOCABULARY = 128_000


def family_of(config: Mapping[str, object]) -> ChatFormat:
    """The format of the model whose ``config.json`` is *config*, by ``model_type``, else by ``architectures``.

    Raises:
        UnknownFamily: none of ours.
    """
    listed = config.get("architectures")
    architectures = cast("list[object]", listed) if isinstance(listed, list) else []
    names = [str(name) for name in (config.get("model_type"), *architectures) if name]
    for name in names:
        for known in FORMATS:
            if _plain(name) in map(_plain, known.model_types) and (known is not LLAMA3 or _is_llama3(config)):
                return known
    what = "、".join(names) or "没有写 model_type"
    raise UnknownFamily(
        f"不知道这种模型的对话格式：{what}。现在支持 {'、'.join(known.title for known in FORMATS)}，请换用其中一种。"
    )


def _is_llama3(config: Mapping[str, object]) -> bool:
    size = config.get("vocab_size")
    return isinstance(size, int) and size >= _LLAMA3_VOCABULARY


def _plain(name: str) -> str:
    """``qwen2_moe`` and ``Qwen2MoeForCausalLM`` alike."""
    return name.removesuffix("ForCausalLM").replace("_", "").lower()


# What tokenizers read as one token wherever it stands: more than FORMATS use, since the
# same text may go to another family tomorrow.
_MARK = re.compile(
    r"<\|[^|<>\s]{1,40}\|>|<｜[^｜<>\s]{1,40}｜>|</?(?:s|think|tool_call|tool_response)>"
    r"|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<(?:eo[hast]|pad|unk|bos|eos)>|\[UNUSED_TOKEN_\d+\]",
    re.IGNORECASE,
)


def holds_control_tokens(text: str) -> bool:
    """Whether *text* has what ends a turn, starts a role or is otherwise not read as text by some family."""
    return ("<" in text or "[" in text) and _MARK.search(text) is not None
