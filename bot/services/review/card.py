"""An item as a reviewer reads it on a phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.services.importing.keys import LETTERS, answer_text
from bot.services.passport import Passport
from bot.services.privacy import FLAG_WORDS
from bot.services.review.applying import letters_of, shown_options
from bot.services.review.queue import Card
from bot.services.review.verdict import ACTION_WORDS
from bot.services.review.words import CAUSE_WORDS
from paper.excerpts import excerpt
from store.bank import BankItem
from store.models import Correction

_STEM, _REASON, _NEAR_STEM, _MATERIAL = 300, 80, 40, 120
_SHOWN_CLAIMS = 4


def card_text(card: Card) -> str:
    """Everything about the item, what to answer last."""
    item = card.item
    causes = "、".join(CAUSE_WORDS.get(cause, cause) for cause in item.causes)
    left = f"（还有 {card.waiting - 1} 件）" if card.waiting > 1 else ""
    lines = [f"审核 {item.id} · {causes}{left}"]
    if item.material:
        lines.append(f"材料：{excerpt(item.material, _MATERIAL)}")
    lines.append(f"题：{excerpt(item.stem, _STEM)}")
    lines += [f"{letter}. {option}" for letter, option in zip(LETTERS, _options(card), strict=False)]
    lines += _standing(card)
    lines += _claims(card)
    lines += [_vote(vote.verdict, vote.answer, vote.reason) for vote in card.votes]
    if card.opinion:
        lines.append(f"模型看法（仅供参考）：{card.opinion}")
    lines += [_near(one) for one in card.near]
    lines.append(_choices(card))
    return "\n".join(lines)


def in_letters(words: str, options: Sequence[str]) -> str:
    """An answer in words with the letters of its options before them: ``C. 淝水之战``."""
    letters = letters_of(words, options) if options else ""
    return "；".join(f"{letter}. {options[LETTERS.index(letter)]}" for letter in letters) or words


def _options(card: Card) -> list[str]:
    return shown_options(card.item, card.question)


def _standing(card: Card) -> list[str]:
    options = _options(card)
    lines: list[str] = []
    if card.question is None:
        if card.item.answered:
            lines.append(f"机器人答：{excerpt(in_letters(card.item.answered, options), _STEM)}{_basis(card.passport)}")
        elif card.passport is not None and card.passport.withheld:
            said = excerpt(card.passport.withheld, _STEM)
            lines.append(f"模型没敢拿出来的：{said}{_sure(card.passport)}")
        return lines
    question = card.question
    key = in_letters(answer_text(question.answer, question.options), options) if question.answer else "还没有答案"
    state = {"disputed": "，有争议", "retired": "，已停用"}.get(question.status, "")
    until = f"，有效期到 {question.valid_until}" if question.valid_until else ""
    lines.append(f"题库 #{question.id}：{key}（{question.source or '未注明出处'}{state}{until}）")
    if question.explanation:
        lines.append(f"题库解析：{excerpt(question.explanation, _REASON)}")
    return lines


def _basis(passport: Passport | None) -> str:
    if passport is None or passport.source != "model":
        return ""
    return _sure(passport)


def _sure(passport: Passport) -> str:
    """Of the model and round, how sure."""
    sure = "" if passport.confidence is None else f"，把握 {passport.confidence:.0%}"
    return f"（模型{'第 ' + passport.round + ' 轮' if passport.round else ''}{sure}）"


def _claims(card: Card) -> list[str]:
    """What members say, a line an answer, the most said first; names stay out of it."""
    options = _options(card)
    often = Counter(one.claim for one in card.made)
    lines: list[str] = []
    for claim, count in often.most_common(_SHOWN_CLAIMS):
        same = [one for one in card.made if one.claim == claim]
        reasons = "；".join(dict.fromkeys(excerpt(one.reason, _REASON) for one in same if one.reason))
        numbers = "、".join(f"#{one.id}" for one in same[:5])
        words = f"{count} 人说：{in_letters(same[0].proposed, options)}（纠错 {numbers}）"
        lines.append(f"{words}{'　理由：' + reasons if reasons else ''}{_flags(same)}")
    if hidden := len(often) - _SHOWN_CLAIMS:
        lines += [f"还有 {hidden} 种说法"] if hidden > 0 else []
    return lines


def _flags(made: list[Correction]) -> str:
    found = sorted({flag for one in made for flag in one.flags})
    return f"【{'；'.join(FLAG_WORDS.get(flag, flag) for flag in found)}】" if found else ""


def _vote(verdict: str, answer: str, reason: str) -> str:
    words = ACTION_WORDS.get(verdict, verdict)
    return f"另一位审核人：{words}{'「' + answer + '」' if answer else ''}{'，' + reason if reason else ''}"


def _near(item: BankItem) -> str:
    key = answer_text(item.answer, item.options) if item.answer else "没有答案"
    return f"相近 #{item.id}：{excerpt(item.stem, _NEAR_STEM)} → {excerpt(key, _NEAR_STEM)}"


def _choices(card: Card) -> str:
    options = _options(card)
    question = card.question
    if card.proposed is not None:
        first = f"1 通过，用「{in_letters(card.offered, options)}」"
    elif question is not None and question.answer:
        first = "1 通过，题库的答案没错"
    elif card.item.answered:
        first = "1 通过，机器人答得对"
    else:
        first = ""
    lines = ["　".join(filter(None, (first, "2 答案 改成这个", "3 驳回", "4 跳过", "0 结束")))]
    closed = options or (question or card.item).kind == "judge"
    more = "其他：6 停用　7 无解" if closed else "其他：5 答案 也算对　6 停用　7 无解"
    lines.append(more)
    if card.needed > 1:
        lines.append(f"要改题库的答案，得 {card.needed} 位审核人意见一致。")
    return "\n".join(lines)
