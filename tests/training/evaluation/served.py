"""A model server that answers chat and batched completions, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

_USER = re.compile(r"<\|im_start\|>user\n(.*?)<\|im_end\|>", re.DOTALL)


class Served:
    """Answers as :attr:`answer` says; ``async with`` starts and stops it."""

    def __init__(self, answer: Callable[[str], str] = lambda asked: "没有把握") -> None:
        self.answer = answer
        """Of what the user said."""
        self.model = "candidate"
        self.batches = True
        """``/v1/completions`` is there."""
        self.only_first = False
        """It answers the first prompt of several alone."""
        self.streams = False
        """Chat always streams, as ``transformers serve`` does."""
        self.status: Callable[[str], int] = lambda asked: 200
        """Of what the user said; a call has the worst of its prompts."""
        self.busy = 0
        """So many calls are told 429 first."""
        self.resets = 0
        """So many calls after the first find their connection closed."""
        self.probability: Callable[[str], float] | None = None
        """Of each token, of what the user said; chat tells it to who asks, batches never do, as with LMDeploy."""
        self.refuses_logprobs = False
        self.delay_s = 0.0
        self.turn: asyncio.Lock | None = None
        """Held by the call that is answered, so that the others wait."""
        self.calls: list[tuple[str, int]] = []
        """Path and number of prompts."""
        self.asked: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.most_in_flight = 0
        self.port = 0
        self._in_flight = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**26)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/completions", self._completions)
        app.router.add_post("/v1/chat/completions", self._chat)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def count(self, path: str) -> int:
        return sum(1 for called, _ in self.calls if called == path)

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": self.model}] if self.model else []})

    async def _enter(self, request: web.Request, path: str, asked: list[str]) -> web.StreamResponse | None:
        self.calls.append((path, len(asked)))
        self.asked += asked
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        async with self.turn or contextlib.nullcontext():
            await asyncio.sleep(self.delay_s)
        self._in_flight -= 1
        if self.busy:
            self.busy -= 1
            return web.json_response({}, status=429, headers={"Retry-After": "0"})
        if self.resets and len(self.calls) > 1:
            self.resets -= 1
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        status = max(map(self.status, asked))
        return None if status == 200 else web.json_response({"error": "no"}, status=status)

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        if not self.batches:
            return web.json_response({"detail": "Not Found"}, status=404)
        body = await request.json()
        self.bodies.append(body)
        asked = [match[1] for prompt in body["prompt"] if (match := _USER.search(prompt))]
        if (failed := await self._enter(request, "completions", asked)) is not None:
            return failed
        texts = [self._cut(body, self.answer(one)) for one in asked]
        choices = [{"index": at, "text": text, "finish_reason": "stop"} for at, text in enumerate(texts)]
        # Backwards: only the index says whose a text is.
        return web.json_response({"choices": choices[:1] if self.only_first else choices[::-1]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        asked = body["messages"][-1]["content"]
        if (failed := await self._enter(request, "chat", [asked])) is not None:
            return failed
        if body.get("logprobs") and self.refuses_logprobs:
            return web.json_response({"error": "not enabled logprobs_mode"}, status=400)
        text = self._cut(body, self.answer(asked))
        if not self.streams:
            choice: dict[str, Any] = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            if body.get("logprobs") and self.probability is not None:
                logprob = math.log(self.probability(asked))
                choice["logprobs"] = {"content": [{"token": letter, "logprob": logprob} for letter in text]}
            return web.json_response({"model": self.model, "choices": [choice]})
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for delta in ({"role": "assistant"}, *({"content": char} for char in text), {}):
            choice = {"delta": delta, "finish_reason": None if delta else "stop"}
            await response.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
        await response.write(b"data: [DONE]\n\n")
        return response

    @staticmethod
    def _cut(body: dict[str, Any], text: str) -> str:
        return text.split("\n", 1)[0] if "\n" in body.get("stop", []) else text
