"""What stands in Feishu's rich text and quoted messages, as members and other bots make it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.adapters.feishu.contents import read_post, read_quoted


def test_rich_text_keeps_its_order_its_lines_and_who_is_addressed():
    picture = {"tag": "img", "image_key": "img_1", "width": 384, "height": 192}
    told = {
        "title": "求助",
        "content": [
            [{"tag": "at", "user_id": "@_user_1", "user_name": "bot"}, {"tag": "text", "text": " 看图", "style": []}],
            [picture],
            [{"tag": "a", "text": "出处", "href": "https://example.com"}, {"tag": "emotion", "emoji_type": "SMILE"}],
        ],
    }
    message = read_post(json.dumps(told), {"@_user_1": "ou_bot"})
    assert [(one.type, next(iter(one.data.values()))) for one in message] == [
        ("text", "求助\n"),
        ("at", "ou_bot"),
        ("text", " 看图"),
        ("text", "\n"),
        ("image", "img_1"),
        ("text", "\n"),
        ("text", "出处"),
    ]


@pytest.mark.parametrize(
    "content", ["", "[]", "null", '{"content": {}}', '{"content": [null, {}, [null, 3, {"tag": 1}]]}', '{"title": 5}']
)
def test_what_is_no_rich_text_says_nothing(content: str):
    assert read_post(content, {}).extract_plain_text().strip() == ""


@pytest.mark.parametrize(
    ("kind", "content", "read"),
    [
        ("text", {"text": "@_user_1 首都是哪里？"}, ("首都是哪里？", [])),
        ("image", {"image_key": "img_1"}, ("", ["img_1"])),
        ("image", {}, ("", [])),
        ("post", {"title": "", "content": [[{"tag": "img", "image_key": "img_2"}]]}, ("", ["img_2"])),
        ("interactive", {"title": "卡片"}, ("", [])),
        ("file", {"file_key": "f", "file_name": "a.docx"}, ("", [])),
    ],
)
def test_of_a_quoted_message_words_and_pictures_are_read(kind: str, content: dict[str, Any], read: object):
    assert read_quoted(kind, json.dumps(content)) == read
