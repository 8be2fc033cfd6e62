"""Every sentence the answer engine says, in one place."""

from __future__ import annotations

from bot.services.bank import Hit
from bot.services.reading import LETTERS

HELP = (
    "把公考常识题发给我就行：@我 + 题目，选择题请连选项一起发。\n"
    "/问 题目　不用@也能问\n"
    "/为什么　引用我的回答，看依据\n"
    "/帮助　再看一遍这段话"
)
EMPTY = "没看到题目。把题目发给我就行，选择题请连选项一起发。"
PICTURE_ONLY = "我还看不了图片，请把题目打成文字发给我。"
CARD_ONLY = "这种消息我读不了，请把题目打成文字发给我。"
NEEDS_OPTIONS = "这道题要看选项才能答，请连选项一起发。"
DISPUTED = "题库里这道题有两种答案，正在核对，先不答，免得误导你。"
EXPIRED = "题库里这道题的答案可能已经过时，正在核对，先不答。"
NOT_IN_BANK = "题库里没有这道题，模型也没接入，这次答不了，已经记下。"
UNSURE = "这道题我没有把握，不乱答，已经记下。"
MODEL_DOWN = "模型暂时连不上，题库里也没有这道题。请过会儿再问。"
MODEL_SLOW = "模型太久没有回答，这次先到这里。请过会儿再问。"
MODEL_BUSY = "现在问的人太多，排不上队。请过一分钟再问。"
MODEL_ODD = "模型这次没答出来，已经记下。请换个说法再问。"
STORE_DOWN = "我这边出了点问题，没能记下这道题。请过会儿再问。"
UNKNOWN_COMMAND = "没有这个命令。发 /帮助 看用法。"
NOTHING_TO_EXPLAIN = "没找到要解释的回答。引用我的那条回答，再发 /为什么。"
_MODEL_NOTE = "—— 模型作答，仅供参考"
_LONGEST_REPLY = 1200


def too_long(length: int, limit: int) -> str:
    return f"这条有 {length} 字，太长了。一次发一道题，{limit} 字以内。"


def from_bank(hit: Hit) -> str:
    """The key first, one line of why, then where it comes from."""
    lines = [_key(hit)]
    if hit.item.explanation:
        lines.append(hit.item.explanation)
    lines.append(f"—— 题库 #{hit.item.id}" + (f" · {hit.item.category}" if hit.item.category else ""))
    return "\n".join(lines)


def from_model(text: str) -> str:
    """The model's words, cut at a length a phone can show, marked as the model's."""
    body = text.strip()
    if len(body) > _LONGEST_REPLY:
        body = body[:_LONGEST_REPLY].rstrip() + "……（太长，已截断）"
    return f"{body}\n{_MODEL_NOTE}"


def question_with_options(stem: str, options: tuple[str, ...]) -> str:
    """A question laid out for the model, one option a line."""
    return "\n".join([stem, *(f"{LETTERS[i]}. {option}" for i, option in enumerate(options))])


def _key(hit: Hit) -> str:
    if not hit.letters:
        return hit.item.answer
    chosen = [f"{letter}. {hit.options[LETTERS.index(letter)]}" for letter in hit.letters]
    if len(chosen) == 1:
        return f"选 {chosen[0]}"
    return "\n".join([f"选 {hit.letters}", *chosen])
