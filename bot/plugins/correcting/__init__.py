"""纠错: a member says that an answer is wrong or how good it is, and sees what became of it."""

from __future__ import annotations

from nonebot.plugin import PluginMetadata

from bot.adapters.doors import Door, Reaction
from bot.adapters.platforms import TESTED
from bot.plugins.core.routing import Action, Heard, listen, route
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
    supported_adapters=TESTED,
)


@route(30)
async def offer(heard: Heard) -> Action | None:
    intent = intent_of(heard.incoming.text)
    if intent is None or (intent.only_to_us and not await heard.addressed()):
        return None
    return lambda: _act(heard, intent)


async def _act(heard: Heard, intent: Intent) -> None:
    said, incoming = services().reviewing.corrections, heard.incoming
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


@listen(Reaction)
async def keep(door: Door, reaction: Reaction) -> None:
    # Nobody who taps an emoji expects a message.
    kept = await services().reviewing.corrections.react(
        account=door.account,
        message_id=reaction.message_id,
        member_id=services().base.people.person(reaction.member_id),
        rating=reaction.rating,
        added=reaction.added,
    )
    if not kept:
        services().base.metrics.ignored("reaction_to_other_message")
