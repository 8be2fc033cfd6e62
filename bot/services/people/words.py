"""What members read when they bind accounts."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.people.codes import MINUTES
from bot.services.people.joining import MOST, Union

_PLATFORMS = {"qq": "QQ", "qqbot": "QQ 官方", "telegram": "Telegram", "discord": "Discord", "feishu": "飞书"}
"""What people call them."""
USAGE = (
    "你有几个号，或者在几个平台都用我，可以合成一个人：\n"
    "/绑定　私聊我发，给你一个绑定码；也能看绑了哪些\n"
    "/绑定 绑定码　换另一个号私聊我发，再回 确认绑定，两边的记录就合在一起\n"
    "/解绑　在想分开的号上私聊我发\n"
    "管理和审核的权限看各个号自己，不会跟着绑定走。"
)
ONLY_PRIVATE = "绑定的事私聊我说。"
SPOILT = "绑定码发在群里谁都看得到，这个作废了。私聊我发 /绑定 重新拿一个。"
WRONG = "绑定码不对，或者过期了。在另一个号上重新发 /绑定 拿一个。"
TOO_OFTEN = f"错的次数太多了，{MINUTES} 分钟后再试。"
YOUR_OWN = "这是这个号自己的绑定码，换另一个号发给我。"
NOT_ASKED = "没有要确认的绑定，或者绑定码过期了。在另一个号上重新发 /绑定 拿一个。"
SAME = "这两个号早就绑在一起了。"
TOO_MANY = f"一个人最多绑 {MOST} 个号。"
NOT_NOW = "没有绑成，两边的记录都没动。过一会儿在另一个号上重新发 /绑定。"
NOT_GIVEN = "现在发不了绑定码，过一会儿再试。"
NOT_PARTED = "没有分开成，过一会儿再试。"
NOT_BOUND = "这个号没有绑别的号。"
MAIN_STAYS = "记录都在主号名下，主号分不出去。可以把别的号分出去。"


def code(given: str, main: str) -> str:
    """A code, and what becomes of the two accounts."""
    return (
        f"绑定码 {given}，{MINUTES} 分钟内有效，只能用一次，别给别人。\n"
        f"换另一个号私聊我发：/绑定 {given}\n"
        f"绑好以后两个号算一个人：记录合在一起，设置不一样的用 {masked(main)} 的。"
    )


def ask(account: str, main: str) -> str:
    """What is given away, before it is."""
    return (
        f"这是 {masked(main)} 的绑定码。绑了以后，{masked(account)} 的记录都归 {masked(main)}，那边能看、能导出，"
        "以后分开也留在那边。\n"
        f"{masked(main)} 也是你的号，就回：确认绑定。别人给的码不要绑，不理就行。"
    )


def bound(accounts: Sequence[str], speaker: str) -> str:
    """Which accounts are one person; empty for one alone."""
    if len(accounts) < 2:
        return ""
    return f"绑在一起的号：\n{_listed(accounts, speaker)}"


def which(accounts: Sequence[str], speaker: str) -> str:
    """Asks which account is to be parted."""
    return f"想分开哪个？发 /解绑 和前面的数字，例如 /解绑 2。\n{_listed(accounts, speaker)}"


def joined(union: Union) -> str:
    """What came over, and what was decided where both had something."""
    merged, main = union.merged, masked(union.person)
    lines = [f"绑好了，{main} 和 {masked(union.joined)} 以后算一个人，{main} 是主号。"]
    if merged.attempts:
        lines.append(f"合过来 {merged.attempts} 条练习记录。")
    if merged.questions:
        lines.append(f"有 {len(merged.questions)} 题两边都练过，按两边的记录重新排了复习。")
    if merged.answers:
        lines.append(f"比赛里有 {merged.answers} 题两边都答过，只算一次。")
    if merged.corrections:
        lines.append(f"有 {merged.corrections} 题两边都报过纠错，留了后报的。")
    if merged.settings:
        lines.append(f"学习设置不一样的，用 {main} 的。")
    lines.append("想分开，在要分出去的号上私聊我发 /解绑。")
    return "\n".join(lines)


def parted(account: str, main: str) -> str:
    """Says where what was done stays."""
    return (
        f"好，{masked(account)} 从现在起自己算，从头开始。"
        f"以前的记录都留在 {masked(main)} 那边，没有删，想合回去再绑一次就行。"
    )


def masked(account: str) -> str:
    """An account as its owner knows it again and nobody else does: ``QQ 12**45``."""
    platform, _, number = account.partition(":")
    shown = 2 if len(number) > 5 else 1
    return f"{_PLATFORMS.get(platform, platform)} {number[:shown]}**{number[-shown:]}"


def _listed(accounts: Sequence[str], speaker: str) -> str:
    return "\n".join(
        f"{at} {masked(one)}{'，主号' if at == 1 else ''}{'，就是现在这个' if one == speaker else ''}"
        for at, one in enumerate(accounts, start=1)
    )
