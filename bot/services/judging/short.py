"""Whether the text of a short answer says what the key says."""

from __future__ import annotations

import re
from itertools import permutations

from bot.services.judging.figures import by_figure
from bot.services.judging.folding import form, place_form, tidy
from bot.services.judging.keys import INSTITUTION, Key, asked_for, list_items
from bot.services.judging.particles import PIECES, cuts, harmless, loosely_harmless, stripped
from bot.services.judging.question import Verdict
from bot.services.judging.typos import misspelt, sounds_like
from bot.services.matching.differences import differences
from bot.services.matching.lexicon import DECISIVE, NEGATION

_NOT_BUT = re.compile(r"^不是[^,，]{1,12}[,，\s]*(?:而是|应该是|是)")
_HEDGE = re.compile(r"还是|或者|或是|要么|(?<=.)或(?=.)|、|/|(?<=.{2})[和与](?=.{2})")
_DIRECTIONS = re.compile(r"[自从由](?=[东西南北上下内外左右前后高低])")
_TOWARDS = re.compile(r"[往朝至](?=[东西南北上下内外左右前后高低])")
_EMPTY = re.compile("的|地(?=为)|方(?=向)|[和与及]")
_TITLE = re.compile(r"^(?:同志|先生|女士|院士|老师|爷爷|教授|将军|元帅|皇帝|大帝|丞相|军师|大师|法师|和尚)")
_WHO = re.compile(
    r"(?:[初盛中晚前后]?(?:先秦|春秋|战国|[东西]?[汉晋周]|[南北]?宋|秦|三国|魏晋|南北朝|南朝|北朝|隋|唐|五代|辽|金|元|明|清|民国)|近代|现代|当代|古代|古希腊|[中英法德美俄日意]国)"
    r"(?:朝|代|初|末|时期|末年|初年)?的?(?:大?诗人|词人|文学家|思想家|科学家|数学家|画家|书法家|史学家|名将|将军|皇帝|名臣|大臣|作家|哲学家)?"
)
_WHERE = re.compile(
    r"(?:[亚非欧]洲|[南北]美洲|大洋洲|我国|中国|美国|英国|法国|德国|日本|俄罗斯|印度|意大利|瑞士|荷兰|奥地利|比利时|加拿大|澳大利亚|埃及|巴西)的?"
)
_TITLED = re.compile(r"[帝宗祖王公侯后]$")
"""高祖 is another man in each dynasty."""
_HAPPENS = frozenset(
    ("灭亡", "建立", "爆发", "召开", "签订", "发生", "开始", "结束", "成立", "统一", "称帝", "颁布", "施行")
)
_NAMED = re.compile("[^不非没是否无\\W\\da-z]{2,4}")
_ORDER = re.compile(r"第(?=[0-9])")
_WHOSE = re.compile(r"[^不非没]{2,4}的")
_LONGEST_REST = 6
_FEW = 4
_MOST_PERMUTED = 5
_CLAUSE = 3
"""Characters from which on words of the stem are more than the second half of a compound."""


def judged(key: Key, text: str) -> Verdict:
    """Whether *text* is right by *key*."""
    said = tidy(text)
    whole = form(said)
    if not whole or not key.forms:
        return Verdict(whole in key.forms, "答案里没有字" if not whole else "没有标准答案", unsure=bool(whole))
    if plain := next((one for cut in cuts(said) if (one := form(cut)) in key.forms), ""):
        return Verdict(True, _how(key, plain))
    said = _NOT_BUT.sub("", said)
    verdict = (
        by_figure(key, said) or _by_list(key, said) or _by_residue(key, said) or _by_slip(key, form(stripped(said)))
    )
    return verdict or _unlike(key, said)


def _how(key: Key, said: str) -> str:
    if said == key.main:
        return "和答案一样"
    if said in map(form, key.texts):
        return "是答案的另一种写法"
    return "说的就是答案"


def _by_list(key: Key, said: str) -> Verdict | None:
    """Items in any order, unless their order is asked for."""
    if not key.lists:
        return None
    items = list_items(stripped(said)) or (form(stripped(said)),)
    for expected in key.lists:
        if len(items) == len(expected) and (items == expected if key.in_order else sorted(items) == sorted(expected)):
            return Verdict(True, "各项都对" if key.in_order else "各项都对，先后不论")
        joined = "".join(items)
        orders = (expected,) if key.in_order or len(expected) > _MOST_PERMUTED else permutations(expected)
        if any(_glued(order, joined) for order in orders):
            return Verdict(True, "各项都对")
        held = [item for item in items if item in expected]
        if held and len(held) == len(items) < len(expected):
            return Verdict(False, "没有答全", near="不全")
        if held and len(items) > 1:
            return Verdict(False, "有一项不对", near="错选")
    return None


def _glued(order: tuple[str, ...], joined: str) -> bool:
    return bool(re.fullmatch("[和与跟及]?".join(map(re.escape, order)), joined))


def _by_residue(key: Key, said: str) -> Verdict | None:
    """The key among words that only repeat the stem or say nothing; said twice in two wordings at most."""
    pieces = [form(piece) for piece in PIECES.split(said) if form(piece)]
    verdicts = [_piece(key, piece) or _respectful(key, piece) for piece in pieces]
    if any(verdicts) and all(one or harmless(piece, key.stem) for one, piece in zip(verdicts, pieces, strict=True)):
        return Verdict(any(_piece(key, piece) for piece in pieces), "说的就是答案")
    return Verdict(True, "说的就是答案") if _piece(key, form(said)) else None


def _respectful(key: Key, piece: str) -> bool:
    """钱老 beside 钱学森."""
    return key.person and len(piece) == 2 and piece[1] == "老" and piece[0] == key.main[0]


def _introduced(key: Key, before: str, name: str) -> bool:
    """Whether *before* is a word about a person or book before its *name*: 初唐, 北宋诗人, 钱老; 非洲; 世贸 before WTO; 司马迁的."""
    if key.person and not _TITLED.search(name):
        return bool(_WHO.fullmatch(before)) or _respectful(key, before)
    if name.isascii() and name in key.full:
        return bool(_NAMED.fullmatch(before))
    if key.name and not key.person:
        return bool(_WHERE.fullmatch(before))
    return key.book and bool(_WHOSE.fullmatch(before))


def _piece(key: Key, piece: str) -> bool:
    if piece in key.forms or _plain(piece) in {_plain(one) for one in key.forms}:
        return True
    if piece in key.stem:
        return False  # 使用价值 only repeats what is asked about
    for one in key.forms:
        place = piece.find(one)
        while place >= 0:
            if _stands_alone(key, piece[:place], one, piece[place + len(one) :]):
                return True
            place = piece.find(one, place + 1)
    return False


def _stands_alone(key: Key, before: str, one: str, after: str) -> bool:
    """Whether nothing beside the accepted form *one* makes something else of it."""
    if (before and before[-1] + one in key.stem) or (after and one + after[0] in key.stem):
        return False
    after = _TITLE.sub("", after) if key.person else after
    fits = loosely_harmless if len(one) > 1 else harmless
    if not ((after in key.forms and after != one) or _closes(key, one, after)):
        return False
    return (
        (before in key.forms and before != one)
        or fits(before, key.stem)
        or (len(one) > 1 and _introduced(key, before, one))
    )


def _closes(key: Key, one: str, after: str) -> bool:
    """Whether *after* may follow the answer: 马关 is the treaty, 马关战争 is none of it, though the stem speaks of war."""
    if harmless(after, ""):
        return True
    if one not in key.full:
        return False
    clause = len(after) >= _CLAUSE or after in _HAPPENS or after.startswith("最") or asked_for(after, key.stem)
    return clause and (loosely_harmless if len(one) > 1 else harmless)(after, key.stem)


def _plain(text: str) -> str:
    """*text* without words that change nothing: 的, 中共 at its head, 由 or 从 before a direction."""
    return _ORDER.sub(
        "", _TOWARDS.sub("向", _DIRECTIONS.sub("", _EMPTY.sub("", INSTITUTION.sub("", place_form(text)))))
    )


def _by_slip(key: Key, bare: str) -> Verdict | None:
    if key.numeric:
        return None
    for one in key.forms:
        if misspelt(one, bare, name=key.name):
            return Verdict(True, f"是「{one}」，打错了字")
    return None


def _unlike(key: Key, said: str) -> Verdict:
    """What cannot be right, and what only a second opinion can tell."""
    bare = form(stripped(said))
    if key.numeric:
        return Verdict(False, "不是答案里的数")
    pieces = [form(piece) for piece in PIECES.split(said) if form(piece)]
    if len(pieces) > 1 and any(_piece(key, piece) for piece in pieces):
        return Verdict(False, "还说了别的", unsure=True)
    if _HEDGE.search(stripped(said)) and not key.lists:
        return Verdict(False, "说了不止一个答案")
    for one in key.forms:
        if sounds_like(one, bare):
            return Verdict(False, "音同字不同", unsure=True)
        rest = (
            bare.replace(one, "", 1)
            if len(one) > 1 and one in bare
            else one.replace(bare, "", 1)
            if (len(bare) > 1 and bare in one and len(bare) * 2 >= len(one))
            else ""
        )
        if rest and len(rest) <= _LONGEST_REST:
            if not NEGATION.isdisjoint(rest.replace("非洲", "")) or (
                len(rest) == 1 and rest in DECISIVE and not key.person
            ):
                return Verdict(False, "差的字会改变意思")
            return Verdict(False, "多说或少说了几个字", unsure=True)
    if _abbreviates(bare, key.main):
        return Verdict(False, "像是简称", unsure=True)
    if key.open and _negates(key, bare):
        return Verdict(False, "肯定和否定相反")
    if key.open and len(bare) >= 4:
        return Verdict(False, "要看意思", unsure=True)
    return Verdict(False, "不是这个答案")


def _abbreviates(short: str, long: str) -> bool:
    """台海 of 台湾海峡."""
    rest = iter(long)
    return 2 <= len(short) < len(long) <= 3 * len(short) and short[0] == long[0] and all(c in rest for c in short)


def _negates(key: Key, bare: str) -> bool:
    """Whether *bare* is the key but for a 不 or 非 and a few characters."""
    found = differences(key.main, bare)
    return any(d.negation for d in found) and sum(d.weight for d in found) <= _FEW
