"""Recorded OneBot events over a real WebSocket: each ends in a reply, a refusal or counted silence."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ANSWERED = {
    "003_private_reply": "private:10023757",
    "004_private_json_card": "private:10023757",
    "012_private_string_format": "private:10087109",
    "013_private_negative_message_id": "private:10095028",
    "015_raw_message_disagrees_with_array": "private:10095028",
    "027_private_string_json_and_xml_cards": "private:10245489",
    "033_message-private-arr-text": "private:10300922",
    "057_message-group-arr-at-text": "group:888",
    "058_message-private-str-text": "private:10364274",
    "060_message-private-friend-str-cq": "private:1",
    "063_message-group-normal-arr-at-text": "group:10372193",
    "076_message-private-friend-str-text": "private:10419707",
    "078_message-private-friend-arr-text": "private:10364274",
}
"""Files whose event is meant for the bot, and where its one reply goes; all others stay silent."""


async def ignored_events(bot: BotProcess) -> dict[str, float]:
    async with aiohttp.ClientSession() as http, http.get(f"{bot.url}/metrics") as response:
        lines = (await response.text()).splitlines()
    return {
        line.split('"')[1]: float(line.rsplit(" ", 1)[1])
        for line in lines
        if line.startswith("gongkao_ignored_events_total{")
    }


async def counted_above(bot: BotProcess, before: float) -> bool:
    for _ in range(100):
        if sum((await ignored_events(bot)).values()) > before:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_every_recorded_event(bot: BotProcess, real_data: Path):
    files = sorted((real_data / "onebot").glob("*.json"))
    assert files
    for file in files:
        payload = json.loads(file.read_text(encoding="utf-8"))
        # The account of the recording is the account of the connection.
        async with Peer(bot, self_id=payload.get("self_id") or 10001) as peer:
            before = sum((await ignored_events(bot)).values())
            await peer.raw(payload)
            if chat := ANSWERED.get(file.stem):
                assert await peer.reply_to(chat), file.name
            else:
                # A question after it shows that the event is through.
                await peer.private("你好", user=424242)
                await peer.reply_to("private:424242")
                assert set(peer.sent) <= {"private:424242"}, (file.name, peer.sent)
                if payload.get("post_type") == "message":
                    # A quote is looked up first, so its silence may be counted a little later.
                    assert await counted_above(bot, before), file.name
    assert "Traceback" not in bot.log
