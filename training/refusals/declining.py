"""Whether a reply declines to answer.

It has to open with a refusal: one that :func:`inference.prompts.is_unsure` knows, or another natural one (查无此人,
历史上没有这个人, 题目的前提不成立, 无从得知). What follows may give a reason or put the premise right, but no answer, however
doubtful: 「没有把握，可能是 B」 counts as an answer, since a guess is what the system prompt forbids. A guess is known by an
option letter, a verdict, a bare number or title, or words such as 可能, 我猜, 答案是; one that is told as a plain
sentence (「没有这部书，作者是某某」) is not noticed.
"""

from __future__ import annotations

import re

from inference.prompts import is_unsure

# Some chat templates open the thought themselves, and a thought that the token limit cut off has no end.
_THOUGHT = re.compile(r"^(?:.*</think>|\s*<think>.*)\s*", re.DOTALL)

_LEAD = (
    r"[\s「『“*]*(?:(?:抱歉|对不起|不好意思|很遗憾|据我所知|就我所知)[，,。：:\s]*)*"
    r"(?:我|目前|现在|暂时|暂|历史上|现实中|史料中|也|还|并|确实|实在|题目里?|题中)*"
)
_THING = r"(?:这[个位部场本条种项座次件样]|该|此|任何|相关|有关|足够|可靠|公开|确切)"
_NOTHING_KNOWN = re.compile(
    _LEAD
    + r"(?:查无此|查不到|查证不到|无此|(?:没有?|未|未曾|从未)能?(?:听说|听过|听闻|查到|找到|见过|检索到)"
    + rf"|(?:没有?|无){_THING}|没有[^，。,；;！？\n]{{1,20}}(?:这[个位部场本条种项座次件]|的(?:记载|资料|信息|记录))"
    + r"|不存在|不了解|不认识|不得而知|没有这回事"
    + r"|(?:无从|无法|没法|难以|不能|不可能)(?:得知|知道|知晓|预知|预测|预料|查证|核实|考证|获知|获取|判断|确认)"
    + r"|(?:题目|题干|问题)?(?:的)?前提(?:就|并|本身)?(?:有误|有问题|不成立|错误|矛盾|不存在)"
    + r"|(?:本题|题目|题干|此题|这道题|该题)?(?:本身)?(?:有误|不成立|自相矛盾|有问题|无解)"
    + r"|(?:缺少|缺乏)[^，。\n]{0,8}(?:信息|条件|资料|依据)|(?:信息|条件|资料|依据)不(?:足|够)"
    + r"|(?:这|此|该(?:信息|问题)?)(?:是|属于|涉及)[^，。\n]{0,8}(?:隐私|私人|私事|个人信息)"
    + r"|\d{4}\s*年?[^，。\n]{0,8}(?:还没有?|尚未|还未)(?:到|发生|举行|公布)"
    # The thing itself comes first: 《南陔律》并不存在.
    + r"|[^，。,；;：:！？\n]{1,24}(?:不存在|查无此[人书事法地]|[是为系]虚构的?[^，。,；;：:！？\n]{0,6})(?=[，。,；;！\s]|$))"
)

_CLAUSE_ENDS = re.compile(r"[\n。！？!?；;，,]+")
_DOUBTS = re.compile(
    r"没有?(?:十足|什么|太大)?(?:的)?把握|[拿吃]不准|不(?:太|能|敢|是很|是太|大|很)?(?:确定|肯定|清楚)|不知道"
    r"|(?:无法|不能|难以|没法)(?:给出|作出|做出)?(?:准确|明确|确切)?[地的]?(?:回答|作答|确定|判断|解答)"
)
_HEDGE = r"(?:最有?可能|可能|应该|应当|大概|大约|大致|估计|也许|或许|兴许|好像|似乎|猜测|猜|推测|推断|倾向于?|偏向于?|觉得|认为)"
# Letters, verdicts, numbers and titles are answers when nothing but such words stands before them in the clause.
# No word of the list is made of others: that would let a match take exponential time.
_BEFORE = (
    rf"(?:{_HEDGE}|如果|一定|非要|硬要|勉强|要|但|不过|只能|暂时|暂且|还|那|就|我|本题|此题|这道题"
    r"|正确|参考|答案|选项|选择|选|会|先|的话|的|说|填|答|是|为|[\s：:「『“*（(])*"
)
_BARE_ANSWER = re.compile(
    _BEFORE + r"(?:[A-Ha-hＡ-Ｈ]{1,8}(?:\s*[项」』”*）)]*\s*$|\s*[.．:：)）]|、(?!\s*[A-H]))"
    r"|(?:对|错|正确|错误)的?[\s」』”*]*$"
    r"|第?(?:\d[\d.]*|[〇零一二两三四五六七八九十百千万亿]+)\s*%?[^\W\d_]{0,3}$"
    r"|《[^》]+》$)"
)
_CHOSEN = re.compile(r"(?<![不能法])(?:选择?|就是)\s*[A-HＡ-Ｈ](?![A-Za-z还或、和与])")
_GUESS = re.compile(rf"(?:{_HEDGE}|我选|(?:答案|正确的)(?:选项)?(?:就|应该?)?[是为：:])[\s是为在：:]*(?P<guess>\S.*)")
_UNTOLD = re.compile(
    r"虚构|编造|编的|杜撰|不存在|有误|错误|误|混淆|没有|并无|无此|未(?:知|必|见|有|曾|能|经)|不成立|不对|不准确|超出|无法|不能|难以|什么|哪|谁|多少|几|何"
    r"|需要|查[阅证询找看对]|核实|建议|您|你|为准|变化|没有?把握"
)
_DENIED = re.compile(r"无法|不(?!过)|没|难以|避免|以免|免得|勿")


def declines(reply: str) -> bool:
    """Whether *reply* says that it does not know, or that there is no such thing, and leaves it at that."""
    said = _THOUGHT.sub("", reply, count=1).strip()
    if not (is_unsure(said) or _NOTHING_KNOWN.match(said)):
        return False
    return not any(_answers(_DOUBTS.sub("", clause).strip()) for clause in _CLAUSE_ENDS.split(said))


def _answers(clause: str) -> bool:
    """Whether *clause*, which stands beside a refusal, answers after all."""
    if _BARE_ANSWER.match(clause) or _CHOSEN.search(clause):
        return True
    guess = _GUESS.search(clause)
    if guess is None or _DENIED.search(clause, 0, guess.start()):
        return False
    return _UNTOLD.search(guess["guess"]) is None
