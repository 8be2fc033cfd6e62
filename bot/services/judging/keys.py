"""What counts as a short question's answer: the key, its aliases, and what both say in other words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.services.judging.dates import Date
from bot.services.judging.facts import Fact, whole_fact
from bot.services.judging.folding import form, tidy
from bot.services.judging.quantities import Quantity
from bot.services.judging.question import Question
from bot.services.judging.units import readings, unit_at

_BRACKETED = re.compile(r"^(?P<outer>.+?)\s*[(（\[](?P<inner>[^()（）\[\]]+)[)）\]]$")
_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]")
_OTHER_NAME = re.compile(r"^(?:又称|也称|又名|也叫|又叫|原名|本名|亦称|俗称|简称|全称|即|或者?|也作|亦作)[:：为作]?\s*")
_OR = re.compile(r"\s*(?:[/／|](?![0-9])|或者?(?![许然])|[;；]|,?又称|,?也称|,?又名|,?也叫)\s*")
# 海牙（荷兰） says where it is, not what else it is called.
_WHERE_OR_WHEN = re.compile(
    r"^(?:中国|美国|英国|法国|德国|日本|俄国|俄罗斯|苏联|意大利|荷兰|瑞士|瑞典|挪威|希腊|印度|埃及|巴西|加拿大|澳大利亚|奥地利|比利时|西班牙|葡萄牙|波兰"
    r"|古代?.*|.*[省市县州洲国]|.*时期|.*年间|.*世纪.*|先秦|春秋|战国|[秦汉魏晋隋唐宋辽金元明清夏商周][朝代]?|[东西南北前后]?[汉晋宋魏齐梁陈周唐蜀燕赵凉秦]"
    r"|[-0-9—~ 年公元前约?至—]+|含|不含|注|略|.*即可|.*亦可|.*均可|.*也可)$"
)
_LISTED = re.compile(r"\s*[、,，;；]\s*|(?<=.)[和与及跟](?=.)|\s+|以及|还有|\+|&|/")
_IN_ORDER = re.compile(r"依次|先后|顺序|排序|由大到小|由小到大|从大到小|从小到大|从早到晚|分别(?:是|为|指|位于|在)?")
_DYNASTY = re.compile(r"^(?P<name>.{1,2}?)(?:王朝|帝国|[朝代])$")
_TWO_PARTS = "西周 东周 西汉 东汉 西晋 东晋 北宋 南宋 北魏 后金 西夏 北齐 北周 南齐 后唐 后周"
_DYNASTIES = frozenset("夏商周秦汉魏蜀吴晋隋唐宋辽金元明清").union(_TWO_PARTS.split())
_EMPEROR = re.compile(r"^[秦汉魏蜀吴晋隋唐宋辽金元明清].[帝宗祖]$")
_REGIONS = {
    "内蒙古自治区": "内蒙古",
    "新疆维吾尔自治区": "新疆",
    "广西壮族自治区": "广西",
    "宁夏回族自治区": "宁夏",
    "西藏自治区": "西藏",
}
INSTITUTION = re.compile(r"^(?:中国共产党|中共|党的|中华人民共和国)(?=.{2,})")
_CLASSES = (
    "特别行政区 自治区 自治州 盆地 平原 高原 山脉 沙漠 海峡 运河 群岛 半岛 岛 湖 河 江 山 峰 海沟 会议 事件 事变 惨案 起义 战役 运动 变法 条约 "
    "协定 协议 定律 定理 原理 效应 法则 曲线 周期 现象 问题 罪 原则 制度 制 学派 系数 指数 地貌 气候 瀑布 省 市 县 族 节 元素 法 权 税 理论 规律 色 号"
)
_ALIKE = (
    {"事件", "事变", "惨案"},
    {"定律", "法则", "定理", "原理"},
    {"条约", "协定", "协议", "和约"},
    {"山", "峰", "山脉"},
    {"制", "制度", "原则"},
)
_PERSON = re.compile(r"谁|哪一?位|何人|哪个人|作者|人物|皇帝|诗人|画家|名字|[学科术想治明行]家是")
_PLACE = re.compile(
    r"哪(?:一?[个座条片])?(?:城市?|省|市|县|国|江|河|湖|海|山|岛|州|地|里|儿|处)|何[地处]|什么地方|首都|省会|(?:城市|省份|河流|湖泊|山峰|海峡|岛屿|国家)(?:是|叫|位于).{0,2}哪"
)
_OPEN = re.compile(
    r"简述|简要|简答|为什么|为何|原因|如何|怎样|内涵|含义|意义|启示|作用|道理|区别|主张|说明了|体现了|表明了|关系$|关系[?？]|指的是"
)
_DAY = re.compile(r"几月几[日号]|哪[一年]?[天日]|哪月哪日|何月何日|日期|年的?(?:哪|几)个?月")
_HOW_MANY = re.compile(r"多少|几")
_LONGEST_NAME = 12
_OPEN_FROM = 12
_LONGEST_ITEM = 8
"""Characters; what is longer is a clause of a thought."""


@dataclass(frozen=True, slots=True)
class Key:
    """All that is known of a right answer, folded once."""

    stem: str
    """In folded form."""
    stem_text: str
    texts: tuple[str, ...]
    """Accepted wordings as written, the key first."""
    forms: tuple[str, ...]
    """Those and what may be said for them, folded, the key first."""
    full: frozenset[str]
    """Folded wordings with nothing left out."""
    facts: tuple[Fact, ...]
    """Numbers and dates that are whole wordings."""
    numeric: bool
    """The key is a number or a date, so that another one is wrong."""
    lists: tuple[tuple[str, ...], ...]
    """Items, folded, of wordings that are lists."""
    in_order: bool
    """Their order is asked for too."""
    person: bool
    name: bool
    """Of a person or a place: each character counts."""
    book: bool
    open: bool
    """A whole thought, that many words may say."""

    @property
    def main(self) -> str:
        return self.forms[0] if self.forms else ""

    @property
    def short_dates(self) -> bool:
        return any(isinstance(fact, Date) and fact.month is not None for fact in self.facts)


@lru_cache(maxsize=2048)
def key_of(question: Question) -> Key:
    """The key of a short question."""
    stem, main = form(question.stem), form(question.answer)
    texts = list(dict.fromkeys(text for one in (question.answer, *question.aliases) for text in _wordings(one)))
    full = dict.fromkeys(folded for text in texts if (folded := form(text)))
    own = whole_fact(question.answer, short_dates=_asks_for_a_day(question.stem))
    lists = tuple(items for text in texts if (items := list_items(text)))
    person, place = _PERSON.search(question.stem), _PLACE.search(question.stem)
    whole_thought = len(main) >= _OPEN_FROM or _OPEN.search(question.stem)
    return Key(
        stem=stem,
        stem_text=question.stem,
        texts=tuple(texts),
        forms=_all_forms(full, stem),
        full=frozenset(full),
        facts=_facts(own, texts, question.stem),
        numeric=own is not None,
        lists=lists,
        in_order=bool(_IN_ORDER.search(question.stem)),
        person=own is None and bool(person) and len(main) <= _LONGEST_NAME,
        name=own is None and bool(person or place),
        book=question.answer.strip().startswith("《"),
        open=own is None and bool(whole_thought) and not any(max(map(len, one)) <= _LONGEST_ITEM for one in lists),
    )


def _all_forms(full: dict[str, None], stem: str) -> tuple[str, ...]:
    forms = dict(full)
    for _ in range(2):  # 第14次 is 中国共产党第14次全国代表大会 without its head and its tail
        for folded in tuple(forms):
            forms.update(dict.fromkeys(_shorter(folded, stem)))
    return tuple(forms)


def _facts(own: Fact | None, texts: list[str], stem: str) -> tuple[Fact, ...]:
    found = [fact for text in texts if (fact := whole_fact(text, short_dates=_asks_for_a_day(stem)))]
    if isinstance(own, Quantity) and own.unit:
        # A bare 50 among the aliases is no licence for 50元 where 50万元 is meant.
        found = [fact for fact in found if not (isinstance(fact, Quantity) and not fact.unit)]
    elif isinstance(own, Quantity) and (implied := _in_unit_of(own, stem)):
        found.append(implied)
    return tuple(found)


def _asks_for_a_day(stem: str) -> bool:
    return _DAY.search(stem) is not None


def _in_unit_of(own: Quantity, stem: str) -> Quantity | None:
    """A bare number of the bank in the unit that the *stem* asks for: 760 where 多少毫米 is asked."""
    squeezed = "".join(tidy(stem).split())
    for match in _HOW_MANY.finditer(squeezed):
        if unit := unit_at(squeezed, match.end()):
            measured = frozenset((dimension, own.number * factor) for dimension, factor in readings(unit))
            return Quantity(own.number, own.short, unit, measured)
    return None


def list_items(text: str) -> tuple[str, ...]:
    """The folded items that *text* lists; empty when it is one thing."""
    pieces = [_undressed(form(piece)) for piece in _LISTED.split(tidy(text)) if form(piece)]
    return tuple(pieces) if len(pieces) > 1 and (all(len(piece) > 1 for piece in pieces) or "、" in text) else ()


def _undressed(item: str) -> str:
    match = _DYNASTY.match(item)
    return match["name"] if match and match["name"] in _DYNASTIES else item


def asked_for(kind: str, stem: str) -> bool:
    """Whether the *stem* says what kind of thing it asks for: 哪条河, 什么罪, 这种制度叫什么."""
    if kind.endswith("战争"):
        return False  # 鸦片 is no war
    word = re.escape(kind)
    return bool(
        re.search(
            rf"{word}(?:之?中|里).{{0,12}}哪|(?:哪|什么|何种|第几).{{0,10}}{word}|{word}.?(?:的?名称|又|通)?(?:是|为|叫|称).{{0,4}}(?:什么|哪|何)",
            stem,
        )
    )


def _wordings(text: str) -> Iterator[str]:
    """The wordings that one entry of the bank gives: 《诗经》（诗三百） are two, 北宋/宋代 too."""
    text = text.strip()
    yield text
    if match := _BRACKETED.match(text):
        yield from _wordings(match["outer"])
        inner = _OTHER_NAME.sub("", match["inner"].strip())
        if inner != match["inner"].strip() or not _WHERE_OR_WHEN.match(inner):
            yield from _wordings(inner)
    elif _BRACKETS.search(text):
        yield _BRACKETS.sub("", text)
    if len(parts := [part for part in _OR.split(text) if part]) > 1 and not any(part.isascii() for part in parts):
        for part in parts:
            yield from _wordings(part)
    names = [part for part in re.split(r"[·•・‧．.]", tidy(text)) if part]
    if len(names) > 1 and len(names[-1]) > 1 and not any(c.isascii() for c in "".join(names)):
        yield names[-1]


def _shorter(folded: str, stem: str) -> Iterator[str]:
    """What may be said for *folded* where the *stem* names the rest: 四川 for 四川省, 秦代 for 秦朝."""
    match = _DYNASTY.match(folded)
    name = match["name"] if match and match["name"] in _DYNASTIES else folded if folded in _DYNASTIES else ""
    if name and (match or re.search("[朝代]", stem)):
        yield from (name, name + "朝", name + "代", name + "王朝", name + "帝国")
        if len(name) == 1:
            yield "大" + name
    if folded in _REGIONS:
        yield from (_REGIONS[folded], _REGIONS[folded] + "自治区")
    if _EMPEROR.match(folded) and re.search("皇帝|帝王|君主", stem):
        yield folded[1:]
    if folded.endswith("委员会") and len(folded) > 4:
        yield folded.removesuffix("员会")
    bare = INSTITUTION.sub("", folded)
    if bare != folded and not bare.startswith(("中央", "成立")):
        yield bare
    for kind in _CLASSES.split():
        base = folded.removesuffix(kind)
        if base == folded or len(base) < (1 if kind in ("色", "元素") else 2):
            continue
        alike = next((group for group in _ALIKE if kind in group), {kind})
        if any(asked_for(word, stem) for word in alike):
            yield base
            yield from (base + word for word in alike)
    for cut in range(2, len(folded) - 1):
        if len(folded) - cut >= 2 and asked_for(folded[cut:], stem):
            yield folded[:cut]
    for cut in range(len(folded) - 1, 1, -1):
        head, rest = folded[:cut], folded[cut:]
        if (len(rest) > 1 and head + "什么" in stem) or (rest.isascii() and asked_for(head, stem)):
            yield rest  # 逆差 where 贸易什么 is asked, C where 哪种维生素
