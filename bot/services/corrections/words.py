"""What reporters read about their corrections."""

from __future__ import annotations

from bot.services.corrections.ledger import Contribution, Contributor, Standing
from bot.services.corrections.reporting import Reported
from bot.services.importing.keys import LETTERS
from paper.excerpts import excerpt

HOW_TO_CORRECT = "引用我的那条回答，发：/纠错 正确答案 理由：……（理由可以不写）"
HOW_TO_CORRECT_A_QUESTION = "题库里的题写编号也行：/纠错 #123 正确答案。"
NOTHING_TO_CORRECT = f"没找到要纠正的回答。{HOW_TO_CORRECT}。{HOW_TO_CORRECT_A_QUESTION}"
WHICH_OF_SET = "是哪一题？写上题号，例如：/纠错 3 正确答案 理由：……"
NOT_TOLD_YET = "这份题还没揭晓，揭晓以后再纠错。"
NOTHING_TO_RATE = "没找到要评价的回答。引用我的那条回答再发。"
THANKS_UP = "好的，记下了。"
THANKS_DOWN = "记下了，会有人核对。知道正确答案的话，引用那条回答发 /纠错 答案。"
NOTHING_REPORTED = f"你还没有报过纠错。{HOW_TO_CORRECT}"
STATUS_WORDS: dict[str, str] = {
    "open": "待审",
    "accepted": "已采纳",
    "rejected": "未采纳",
    "withdrawn": "已撤回",
    "replaced": "已由另一条代替",
}
EMPTY_BOARD = "还没有被采纳的纠错，等你来当第一个。"
_STEM = 24


def reported_text(reported: Reported, *, how_to_withdraw: str = "发 /撤回 {number}") -> str:
    """That it was taken and how it was understood; *how_to_withdraw* is empty where there is no such command."""
    number = reported.correction_id
    said = f"「{excerpt(reported.subject.stem, _STEM)}」应该是「{_in_letters(reported)}」"
    if not reported.fresh:
        return f"这条你报过了，编号 #{number}，还在等审核：{said}。"
    parts = [f"记下了，纠错 #{number}：{said}。"]
    if reported.replaced is not None:
        parts.append(f"代替你之前报的 #{reported.replaced}。")
    if reported.masked:
        parts.append("里面的个人信息已打码。")
    parts.append("审核后告诉你结果" if how_to_withdraw else "审核结果会显示在这里")
    withdraw = how_to_withdraw.format(number=number)
    return "".join(parts) + (f"；我理解错了就{withdraw}。" if withdraw else "。")


def standing_text(standing: Standing) -> str:
    """The member's account, newest first."""
    counts = " · ".join(
        f"{STATUS_WORDS[status]} {count}" for status in STATUS_WORDS if (count := standing.counts.get(status))
    )
    lines = [f"你报过 {sum(standing.counts.values())} 条纠错：{counts}"]
    lines += [_line(one) for one in standing.latest]
    if any(one.status in ("open", "accepted") and not one.round for one in standing.latest):
        lines.append("撤回发 /撤回 编号，训练用过之前都可以。")
    return "\n".join(lines)


def board_text(contributors: list[Contributor], *, in_group: bool) -> str:
    """Who had most corrections accepted."""
    if not contributors:
        return EMPTY_BOARD
    lines = ["本群纠错榜" if in_group else "纠错榜"]
    lines += [
        f"{at}. {excerpt(one.name, 16)}　采纳 {one.accepted} / 报 {one.made}" for at, one in enumerate(contributors, 1)
    ]
    return "\n".join(lines)


def _line(one: Contribution) -> str:
    state = STATUS_WORDS[one.status]
    if one.round:
        state += f"，第 {one.round} 轮已学"
    why = f"（{one.outcome}）" if one.outcome and one.status == "rejected" else ""
    return f"#{one.correction_id} {state}：{excerpt(one.stem, _STEM)} → {excerpt(one.proposed, _STEM)}{why}"


def _in_letters(reported: Reported) -> str:
    """The answer with the letters that the member sees, each before its text."""
    options, letters = reported.subject.asked_options, reported.understood.letters
    if not letters:
        return reported.understood.words
    return "；".join(f"{letter}. {options[LETTERS.index(letter)]}" for letter in letters)
