"""Which question is meant: the one in the text, in a picture, in a quoted message, or one of a list of ours."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from loguru import logger

from bot.services.downloads import Downloader, DownloadFailed, Place
from bot.services.incoming import Incoming
from bot.services.photos.reader import PhotoReader
from bot.services.photos.text import PhotoBusy, PhotoQuestion, PhotosNotInstalled, PhotoUnreadable
from store.cache import Cache, CacheUnavailable

NO_QUESTION = "没看到是哪道题。把题目发给我（文字或截图都行），选择题请连选项一起发。"
CANNOT_SEE = "我还看不了图片，请把题目打成文字发给我。"
_MAX_BYTES = 10 * 1024 * 1024
_MAX_PICTURES = 3
_PICK_FOR_S = 600
_SHOWN = 24
_PICK = re.compile(r"^\s*(?:第|选)?\s*([1-9]\d?)\s*(?:题|道)?[\s。.!！]*$")
# Words with which people point at a question that stands elsewhere: 帮我看看这题选啥.
_POINTING = re.compile(
    r"(?:第\s*\d+\s*[题问道]|[\s\W这那帮看求选答案怎么什啥题图下一吗呢呀啊哪个道我大佬们老师谢解做是的对麻烦请问上急发给张片里截有没会能不])*"
)


@dataclass(frozen=True, slots=True)
class NoQuestion:
    """There is no question to answer; ``text`` is what the member reads."""

    reason: str
    text: str


class MeantQuestion:
    def __init__(self, reader: PhotoReader, downloader: Downloader, cache: Cache) -> None:
        self._reader = reader
        self._downloader = downloader
        self._cache = cache

    async def of(self, incoming: Incoming) -> Incoming | NoQuestion:
        """*incoming* with the text of the question that it points at; itself when its text is the question."""
        quoted = incoming.quoted
        if not only_points(incoming.text):
            picked = await self.picked(incoming)
            return replace(incoming, text=picked) if picked else incoming
        # A picture of ours shows boards, or a day's questions whose key is not told yet.
        if pictures := incoming.pictures or (quoted.pictures if quoted and not quoted.ours else ()):
            found = await self._in_pictures(incoming, pictures)
            return found if isinstance(found, NoQuestion) else replace(incoming, text=found)
        if quoted is not None and quoted.ours:
            return incoming
        if quoted is not None and quoted.text:
            return replace(incoming, text=quoted.text)
        return NoQuestion("no_question", NO_QUESTION)

    async def _in_pictures(self, incoming: Incoming, pictures: Sequence[Place]) -> str | NoQuestion:
        """The one question in *pictures*; several are remembered for a while, see :meth:`picked`."""
        found: list[PhotoQuestion] = []
        try:
            for place in pictures[:_MAX_PICTURES]:
                found += (await self._reader.read(await self._image(place))).questions
        except PhotosNotInstalled as error:
            logger.warning("a picture was not read: {}", error)
            return NoQuestion("photos_not_installed", CANNOT_SEE)
        except (PhotoUnreadable, PhotoBusy, DownloadFailed) as error:
            return NoQuestion("photo_busy" if isinstance(error, PhotoBusy) else "photo_unreadable", str(error))
        whole = [question for question in found if question.complete] or found
        if not whole:
            return NoQuestion("photo_without_question", "图里没找到题目。把题目那一块截清楚再发，或者直接打字。")
        if len(whole) == 1:
            return whole[0].text
        await self._remember(incoming, [question.text for question in whole])
        return NoQuestion("photo_with_several", _list(whole))

    async def picked(self, incoming: Incoming) -> str | None:
        """The question that a bare number picks from the member's last list; ``None`` when there is none."""
        number = _PICK.match(incoming.text)
        if number is None:
            return None
        try:
            kept = await self._cache.get(_key(incoming))
        except CacheUnavailable:
            return None
        questions: list[str] = json.loads(kept) if kept else []
        place = int(number[1]) - 1
        return questions[place] if place < len(questions) else None

    async def _image(self, place: Place) -> bytes:
        if isinstance(place, str) and place.startswith("base64://"):
            try:
                return base64.b64decode(place.removeprefix("base64://"), validate=True)
            except binascii.Error as error:
                raise DownloadFailed("图片传坏了，请重新发一次") from error
        return await self._downloader.bytes(place, most=_MAX_BYTES)

    async def _remember(self, incoming: Incoming, questions: list[str]) -> None:
        try:
            await self._cache.set(_key(incoming), json.dumps(questions, ensure_ascii=False), ttl_s=_PICK_FOR_S)
        except CacheUnavailable:
            return


def only_points(text: str) -> bool:
    """Whether *text* asks about a question without being one: 这题选啥, 答案呢, or nothing at all."""
    return _POINTING.fullmatch(text) is not None


def _key(incoming: Incoming) -> str:
    return f"photo-questions:{incoming.account}:{incoming.lane}:{incoming.member_id}"


def _list(questions: list[PhotoQuestion]) -> str:
    lines = [f"图里有 {len(questions)} 道题，要答哪道？回复题号就行："]
    for at, question in enumerate(questions, 1):
        flat = " ".join(question.text.split())
        lines.append(f"{at}. {flat[:_SHOWN]}{'…' if len(flat) > _SHOWN else ''}")
    return "\n".join(lines)
