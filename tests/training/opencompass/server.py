"""A small OpenAI-compatible server that answers from a table, and may die on the way."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web


class FakeServer:
    def __init__(self, replies: Mapping[str, str], *, dies_after: int | None = None) -> None:
        """*replies* by the user's message; past *dies_after* of them it answers 500."""
        self.replies = replies
        self.dies_after = dies_after
        self.asked: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[FakeServer]:
        app = web.Application()
        app.add_routes([web.post("/v1/chat/completions", self._chat), web.get("/v1/models", self._models)])
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "gongkao", "object": "model"}]})

    async def _chat(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.add(request.headers.get("Authorization"))
        if self.dies_after is not None and len(self.asked) > self.dies_after:
            return web.json_response({"error": {"message": "engine is gone"}}, status=500)
        text = self.replies.get(body["messages"][-1]["content"], "没有把握")
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        told = {"id": "x", "object": "chat.completion", "created": int(time.time()), "model": body["model"]}
        return web.json_response({**told, "choices": [choice], "usage": usage})
