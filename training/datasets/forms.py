"""The forms in which the texts of questions are compared with each other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from store.wording import normal_form, option_form

_ASKED = re.compile(r"(?<=是)(?:什么|谁)$")
_GENERIC = re.compile(
    r"以下|下列|关于|有关|对于|说法|表述|叙述|描述|选项|不正确|正确|错误|有误|准确|恰当|不属于|属于|不符合|符合|的是|分别是"
    r"|哪[一个项些组种]*|一项|据此|可以推出|根据|材料|上文|上述|这段|文字|对应|搭配|排序|依次|[是的中各组最与和]"
)

# A character that no question has, between line ends, so that nothing joins across it.
_SEAM = "\U0002a6a5"
_JOIN = f"\n{_SEAM}\n"

TELLING = 8
"""From this many telling characters on, a stem is a question without its options."""


def compare_form(stem: str, material: str = "") -> str:
    """Equal for a stem and all its wordings of :mod:`training.datasets.rules`."""
    form = normal_form(f"{material}\n{stem}" if material else stem).replace("下列", "以下")
    return _ASKED.sub("", form)


def normal_forms(texts: Sequence[str]) -> list[str]:
    """``normal_form`` of each of *texts*, in a third of the time."""
    if not texts:
        return []
    found = normal_form(_JOIN.join(texts)).split(_SEAM)
    return found if len(found) == len(texts) else [normal_form(text) for text in texts]


def option_forms(options: Sequence[str]) -> tuple[str, ...]:
    """``store.wording.option_set`` of *options*, sooner."""
    forms = normal_forms(options)
    return tuple(sorted(form or option_form(option) for form, option in zip(forms, options, strict=True)))


def telling(form: str) -> int:
    """Characters of *form* beside the words that thousands of stems have: 以下说法正确的是 has none."""
    return len(_GENERIC.sub("", form))
