"""问: a member asks, the bot answers and says how it knows."""

from __future__ import annotations

from loguru import logger
from nonebot import on_message
from nonebot.adapters.onebot.v11 import Bot, MessageEvent
from nonebot.adapters.onebot.v11.exception import ActionFailed, NetworkError
from nonebot.plugin import PluginMetadata
from nonebot.typing import T_State

from bot.adapters import onebot11
from bot.plugins.asking.intent import Intent, intent_of
from bot.runtime import services
from bot.services import replies
from bot.services.incoming import Incoming
from store.cache import CacheUnavailable

__plugin_meta__ = PluginMetadata(
    name="问答",
    description="问公考常识题，得到答案和依据",
    usage=replies.HELP,
    type="application",
    homepage="",
    supported_adapters={"~onebot.v11"},
)

_SEEN_FOR_S = 600


async def _meant_for_us(bot: Bot, event: MessageEvent, state: T_State) -> bool:
    """Whether somebody talks to the bot; what they want goes into *state*."""
    incoming = onebot11.read(bot, event)
    if event.user_id == event.self_id:
        return _ignored("own_message")
    addressed = event.to_me or await _quotes_us(incoming)
    intent = intent_of(incoming, addressed=addressed or await services().meant.picked(incoming) is not None)
    if intent is None:
        return _ignored("not_addressed")
    if not await _first_time(incoming, event.time):
        return _ignored("repeated_event")
    state["intent"] = intent
    return True


asking = on_message(rule=_meant_for_us, block=True)


@asking.handle()
async def handle(bot: Bot, event: MessageEvent, state: T_State) -> None:
    intent: Intent = state["intent"]
    match intent.action:
        case "ask":
            answer = await services().answers.answer(intent.incoming)
            sent_as = await _send(bot, event, answer.text)
            if sent_as is not None:
                await services().answers.delivered(answer.ask_id, sent_as)
        case "why":
            await _send(bot, event, await services().explaining.explain(intent.incoming))
        case "help":
            await _send(bot, event, replies.HELP)
        case "unknown_command":
            await _send(bot, event, replies.UNKNOWN_COMMAND)


async def _send(bot: Bot, event: MessageEvent, text: str) -> str | None:
    """Send once; a refused or unconfirmed send is recorded, never repeated: it may have gone out."""
    try:
        return await onebot11.reply(bot, event, text)
    except (ActionFailed, NetworkError) as error:
        services().metrics.ignored("send_failed")
        logger.warning("reply not confirmed by the platform: {}", type(error).__name__)
        return None


async def _quotes_us(incoming: Incoming) -> bool:
    if incoming.quoted is None:
        return False
    return incoming.quoted.ours or await services().quoted.exchange(incoming) is not None


async def _first_time(incoming: Incoming, sent_at: int) -> bool:
    """Platforms deliver events twice at times; an event without an id cannot be told apart."""
    if not incoming.message_id:
        return True
    key = f"event:{incoming.account}:{incoming.lane}:{incoming.message_id}:{sent_at}"
    try:
        return await services().cache.add(key, "1", ttl_s=_SEEN_FOR_S)
    except CacheUnavailable:
        return True  # an answer twice is better than none


def _ignored(reason: str) -> bool:
    services().metrics.ignored(reason)
    return False
