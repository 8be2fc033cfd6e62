"""The help is drawn for everybody's role, by day and by night, and grows with what there is."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from bot.services import helping
from bot.services.helping import Role
from paper.help.picture import Topic, overview

ROLES: tuple[Role, ...] = ("member", "admin", "superuser")


def drawn(role: Role, *, dark: bool = False) -> bytes:
    topics = [Topic(one.title, one.commands) for one in helping.sections(role)]
    png = overview("我能做什么", topics, about="", aside="", foot=helping.MORE, dark=dark)
    if folder := os.environ.get("GONGKAO_KEEP_PICTURES"):
        Path(folder, f"help-{role}-{dark}.png").write_bytes(png)
    return png


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("dark", [False, True])
def test_who_may_more_sees_more(dark: bool):
    sizes = [size(drawn(role, dark=dark)) for role in ROLES]
    assert len({width for width, _ in sizes}) == 1
    heights = [height for _, height in sizes]
    assert heights == sorted(set(heights))


def test_every_section_tells_something():
    for role in ROLES:
        for section in helping.sections(role):
            assert 1 <= len(section.commands) <= 4
            assert all(does for _, does in section.commands)


def test_a_remark_needs_no_command():
    size(overview("题", [Topic("导入", [("", "把文件发给我")])], about="", aside="", foot=""))
