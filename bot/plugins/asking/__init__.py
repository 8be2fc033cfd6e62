"""问: a member asks, the bot answers and says how it knows."""

from __future__ import annotations

from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.asking.intent import Intent, intent_of
from bot.plugins.core.routing import Action, Heard, route
from bot.runtime import services
from bot.services import helping, replies
from bot.services.drawing import drawn
from bot.services.helping_picture import draw_help

__plugin_meta__ = PluginMetadata(
    name="问答",
    description="问公考常识题，得到答案和依据",
    usage=replies.HELP,
    type="application",
    homepage="",
    supported_adapters=TESTED,
)


@route(100)
async def offer(heard: Heard) -> Action | None:
    intent = intent_of(heard.incoming, addressed=await heard.addressed())
    if intent is None and helping.meant(heard.incoming.text):
        intent = Intent("unknown_command", heard.incoming)
    return None if intent is None else lambda: _act(heard, intent)


async def _act(heard: Heard, intent: Intent) -> None:
    match intent.action:
        case "ask":
            if refusal := await services().base.group_rules.refusal(intent.incoming):
                await heard.deny(refusal)
                return
            answer = await services().answering.answers.answer(intent.incoming, notice=heard.reply)
            sent_as = await heard.reply(answer.text)
            if sent_as is not None:
                await services().answering.answers.delivered(answer.ask_id, sent_as)
        case "why":
            await heard.reply(await services().answering.explaining.explain(intent.incoming))
        case "help" if intent.incoming.group_id is not None and not intent.incoming.text:
            await _show_help(heard, _role(heard))
        case "help":
            await heard.reply(helping.about(intent.incoming.text, _role(heard)))
        case "nothing":
            await heard.reply(replies.NOTHING_TO_CANCEL)
        case "unknown_command":
            await heard.reply(helping.unknown(intent.incoming.text, _role(heard)))


async def _show_help(heard: Heard, role: helping.Role) -> None:
    """A picture: as text it would take the whole screen of a group."""
    picture = await drawn("the help", draw_help, role)
    await heard.show(helping.caption(role), picture, instead=helping.about("", role))


def _role(heard: Heard) -> helping.Role:
    return "superuser" if heard.is_superuser else "admin" if heard.is_group_admin else "member"
