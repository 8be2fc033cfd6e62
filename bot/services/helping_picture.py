"""How the help is drawn."""

from __future__ import annotations

from functools import lru_cache

from bot.services import helping
from paper.help.picture import Topic, overview
from paper.night import is_night

_TITLE = "我能做什么"
_ABOUT = "把公考常识题发给我就行：@我 + 题目，选择题连选项一起发"


def draw_help(role: helping.Role) -> bytes:
    """What there is for somebody of that *role*, as a PNG."""
    return _drawn(role, dark=is_night())


# Half a second each, and the same for everybody.
@lru_cache(maxsize=6)
def _drawn(role: helping.Role, *, dark: bool) -> bytes:
    topics = [Topic(section.title, section.commands) for section in helping.sections(role)]
    return overview(_TITLE, topics, about=_ABOUT, aside="", foot=helping.MORE, dark=dark)
