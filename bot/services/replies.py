"""Every sentence the answer engine says, in one place."""

from __future__ import annotations

from bot.services.bank import Hit, Miss
from bot.services.passport import Passport
from bot.services.reading import LETTERS
from local_time import today
from store.bank import BankItem

HELP = (
    "把公考常识题发给我就行：@我 + 题目，选择题请连选项一起发。\n"
    "/问 题目　不用@也能问\n"
    "/为什么　引用我的回答，看依据\n"
    "/纠错 正确答案　引用我的回答，告诉我哪里不对\n"
    "/我的纠错　看你报过的和结果\n"
    "/出题　抢答几道题；/错题本、/复习　练错过的\n"
    "/帮助　再看一遍这段话"
)
EMPTY = "没看到题目。把题目发给我就行，选择题请连选项一起发。"
NOTHING_ASKED = "现在没有题在等你回答。把题目发给我，或者发 /出题 练几道。"
NOTHING_TO_CANCEL = "现在没有要取消的。"
CARD_ONLY = "这种消息我读不了，请把题目打成文字发给我。"
NEEDS_OPTIONS = "这道题要看选项才能答，请连选项一起发。"
DISPUTED = "题库里这道题有两种答案，正在核对，先不答，免得误导你。"
EXPIRED = "题库里这道题的答案可能已经过时，正在核对，先不答。"
UNANSWERED = "题库里有这道题，但还没有答案，已经记下。"
AMBIGUOUS = "题库里有好几道很像的题，答案不一样。请把题目发完整，选择题连选项一起发。"
NOT_IN_BANK = "题库里没有这道题，模型也没接入，这次答不了，已经记下。"
UNSURE = "这道题我没有把握，不乱答，已经记下。"
MODEL_DOWN = "模型暂时连不上，题库里也没有这道题。请过会儿再问。"
MODEL_LEARNING = "模型正在学大家报的纠错，暂时只用题库回答。题库里没有这道题，已经记下，过会儿再问。"
MODEL_CHANGING = "题库里没有这道题，要问模型。模型正在准备，请稍等，好了马上答你。"
MODEL_SLOW = "模型太久没有回答，这次先到这里。请过会儿再问。"
MODEL_BUSY = "现在问的人太多，排不上队。请过一分钟再问。"
MODEL_ODD = "模型这次没答出来，已经记下。请换个说法再问。"
STORE_DOWN = "我这边出了点问题，没能记下这道题。请过会儿再问。"
UNKNOWN_COMMAND = "没有这个命令。发 /帮助 看用法。"
NOTHING_TO_EXPLAIN = "没找到要解释的回答。引用我的那条回答，再发 /为什么。"
_MODEL_NOTE = "—— 模型作答，仅供参考"
NO_SUCH_QUESTION = "题库里没有一样的题，已经记下。"
_NEWLINE = "\n"
_LONGEST_REPLY = 1200
_LONGEST_NEAR_STEM = 120
_LONGEST_EXPLANATION = 160
_SAID_ALMOST_ALL = 0.85
"""Likeness below which the member is shown which question was answered."""


def too_long(length: int, limit: int) -> str:
    return f"这条有 {length} 字，太长了。一次发一道题，{limit} 字以内。"


def from_bank(hit: Hit) -> str:
    """The key first, one line of why, then where it comes from."""
    lines = [_key(hit)]
    if hit.match == "near" and hit.score < _SAID_ALMOST_ALL:
        stem = hit.item.stem if len(hit.item.stem) <= _LONGEST_NEAR_STEM else f"{hit.item.stem[:_LONGEST_NEAR_STEM]}…"
        lines.append(f"（题库原题：{stem}）")
    if hit.item.explanation:
        lines.append(_short(hit.item.explanation))
    lines.append(f"—— 题库 #{hit.item.id}" + (f" · {hit.item.category}" if hit.item.category else ""))
    return "\n".join(lines)


def without_model(miss: Miss) -> str:
    """Why the bank alone has no answer; a question that resembles it is shown as just that."""
    known = {"disputed": DISPUTED, "expired": EXPIRED, "unanswered": UNANSWERED, "ambiguous": AMBIGUOUS}
    if sentence := known.get(miss.reason):
        return sentence
    near = next((item for item in miss.near if item.status == "active" and item.holds_on(today())), None)
    return f"{NO_SUCH_QUESTION}\n{resembling(near)}" if near else NOT_IN_BANK


def follow_up(passport: Passport, reply: str) -> str:
    """What the bank can say to 为什么不是B when there is no model to ask."""
    why = passport.explanation or "题库里没有这道题的解析。"
    return f"题库里的答案：{reply.partition(_NEWLINE)[0]}\n{why}\n模型没接入，更细的我答不了。觉得答案不对，引用那条回答发 /纠错 正确答案。"


def resembling(item: BankItem) -> str:
    """A bank question beside the asker's, with its answer."""
    answer = item.answer
    if item.options:
        answer = "；".join(item.options[LETTERS.index(letter)] for letter in item.answer)
    stem = item.stem if len(item.stem) <= _LONGEST_NEAR_STEM else item.stem[: _LONGEST_NEAR_STEM - 1] + "…"
    return f"相近题 #{item.id}：{stem}\n它的答案：{answer}\n和你问的不完全一样，只供对照。"


def from_model(text: str) -> str:
    """The model's words, cut at a length a phone can show, marked as the model's."""
    body = text.strip()
    if len(body) > _LONGEST_REPLY:
        body = body[:_LONGEST_REPLY].rstrip() + "……（太长，已截断）"
    return f"{body}\n{_MODEL_NOTE}"


def _short(explanation: str) -> str:
    """As much of an explanation as a phone shows at a glance, cut after a sentence."""
    flat = " ".join(explanation.split())
    if len(flat) <= _LONGEST_EXPLANATION:
        return flat
    end = max(flat.rfind(mark, 0, _LONGEST_EXPLANATION) for mark in "。；！？")
    return f"{flat[: end + 1] if end > 0 else flat[:_LONGEST_EXPLANATION]}……（发 /为什么 看全部）"


def _key(hit: Hit) -> str:
    if not hit.letters:
        return hit.item.answer
    chosen = [f"{letter}. {hit.options[LETTERS.index(letter)]}" for letter in hit.letters]
    if len(chosen) == 1:
        return f"选 {chosen[0]}"
    return "\n".join([f"选 {hit.letters}", *chosen])
