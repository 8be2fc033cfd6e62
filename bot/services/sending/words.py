"""What admins and superusers read of what went out, or did not."""

from __future__ import annotations

from bot.services.sending.post import Receipt

_REASONS = {
    "audit": "平台在审核这条消息",
    "bot_barred": "平台停用了机器人",
    "busy": "排队的消息太多",
    "chat_cap": "今天发到这里的已经够多了",
    "cut_off": "发的时候机器人退出了",
    "daily_cap": "今天的发送额度用完了",
    "database": "数据库连不上",
    "duplicate": "平台说这条发过了",
    "forbidden": "这里不让机器人发消息",
    "in_flight": "另一个进程正在发",
    "links": "平台不让发链接",
    "muted": "机器人被禁言",
    "no_friend": "不是好友，发不了私聊",
    "no_such_chat": "找不到这个群或这个人",
    "not_in_group": "机器人不在群里",
    "offline": "机器人没连上平台",
    "proactive_refused": "这里不收机器人主动发的消息",
    "push_hours": "平台这个时段不让推送",
    "rate_limited": "平台嫌发得太快",
    "refused": "平台拒绝了",
    "risk": "账号可能被风控",
    "stood_down": "账号可能被风控，先停发推送",
    "too_late": "过了时间",
    "too_long": "消息太长",
    "unconfirmed": "平台没有确认",
    "waits_for_chat": "等有人说话再发",
    "window_closed": "要有人先说话才能发",
}


def reason(code: str) -> str:
    """A reason code of a receipt in a few words, without a full stop."""
    return _REASONS.get(code, "原因不明")


def receipt(of: Receipt) -> str:
    """What became of a post, in one sentence without a full stop."""
    match of.state:
        case "sent":
            return "已发出"
        case "perhaps":
            return f"可能发出了，{reason(of.reason)}，不再重发"
        case "refused":
            return f"没有发，{reason(of.reason)}"
        case "later":
            return f"还没发，{reason(of.reason)}"


def alarm(account: str, why: str) -> str:
    """What superusers are told when an account stops speaking unasked."""
    cause = "连续几条推送平台都没确认" if why == "doubts" else reason(why)
    return f"{account.partition(':')[2]} {cause}，每日一练先停发一阵，大家的提问照常回答。请用这个号在手机上看看能不能发言。"
