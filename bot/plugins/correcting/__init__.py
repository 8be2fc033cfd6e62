"""纠错: a member says that an answer is wrong or how good it is, and sees what became of it."""

from __future__ import annotations

from nonebot import on_notice
from nonebot.adapters.onebot.v11 import Bot, NoticeEvent
from nonebot.plugin import PluginMetadata
from nonebot.typing import T_State

from bot.adapters import onebot11
from bot.adapters.onebot11.reactions import Reaction, thumb
from bot.plugins.core.routing import Action, Heard, route
from bot.plugins.correcting import outbox
from bot.plugins.correcting.intent import Intent, intent_of
from bot.runtime import services

__all__ = ["outbox"]
__plugin_meta__ = PluginMetadata(
    name="纠错",
    description="答案不对就告诉机器人，审核后改进题库和模型",
    usage="引用机器人的回答发 /纠错 正确答案 理由：……；👍 👎 评价；/我的纠错；/撤回 编号；/贡献榜",
    type="application",
    homepage="",
    supported_adapters={"~onebot.v11"},
)


@route(30)
async def offer(heard: Heard) -> Action | None:
    intent = intent_of(heard.incoming.text)
    if intent is None or (intent.only_to_us and not await heard.addressed()):
        return None
    return lambda: _act(heard, intent)


async def _act(heard: Heard, intent: Intent) -> None:
    said, incoming = services().chat_corrections, heard.incoming
    match intent.action:
        case "correct":
            await heard.reply(await said.correct(incoming, intent.text))
        case "up" | "down":
            await heard.reply(await said.rate(incoming, 1 if intent.action == "up" else -1))
        case "withdraw":
            await heard.reply(await said.withdraw(incoming, intent.number))
        case "mine":
            await heard.reply(await said.mine(incoming))
        case "board":
            await heard.reply(await said.board(incoming))


async def _is_thumb(event: NoticeEvent, state: T_State) -> bool:
    state["reaction"] = thumb(event)
    return state["reaction"] is not None and state["reaction"].user_id != event.self_id


reacted = on_notice(rule=_is_thumb, priority=1, block=True)


@reacted.handle()
async def keep(bot: Bot, state: T_State) -> None:
    reaction: Reaction = state["reaction"]
    # Nobody who taps an emoji expects a message.
    kept = await services().chat_corrections.react(
        account=onebot11.account(bot),
        message_id=reaction.message_id,
        member_id=onebot11.member(reaction.user_id),
        rating=reaction.rating,
        added=reaction.added,
    )
    if not kept:
        services().metrics.ignored("reaction_to_other_message")
