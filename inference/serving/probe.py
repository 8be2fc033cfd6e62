"""Whether a model server is well: it answers at all, and it still makes tokens."""

from __future__ import annotations

import json
from typing import Self

import aiohttp
from pydantic import SecretStr

from inference.errors import MalformedReply
from inference.replies import read_models

_FIRST_GENERATION_S = 120.0
"""Engines compile and warm up with their first request."""


class Probe:
    """Asks one server; an async context manager that owns its connections."""

    def __init__(self, url: str, *, model: str = "", api_key: SecretStr | None = None, timeout_s: float) -> None:
        """*model* is its name in requests; without it the first that the server lists."""
        self._url = url
        self._model = model
        self._timeout_s = timeout_s
        headers = {"Authorization": f"Bearer {api_key.get_secret_value()}"} if api_key else {}
        # Never a kept connection: that a dead server's end of it is closed must not look like a miss.
        connector = aiohttp.TCPConnector(force_close=True)
        self._http = aiohttp.ClientSession(headers=headers, connector=connector)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def answers(self) -> bool:
        """``/health`` says 200."""
        return await self._status("GET", "/health", self._timeout_s) == 200

    async def ready(self) -> bool:
        """It answers and has made one token, which needs the loaded model, its name and our key."""
        # Not every engine lists what it serves: transformers 5 lists only what is in a cache.
        named = await self.answers() and bool(self._model or await self.listed())
        return named and await self.generates(_FIRST_GENERATION_S)

    async def listed(self) -> list[str]:
        """Model names that it lists; empty when it does not answer."""
        try:
            async with self._http.get(
                f"{self._url}/v1/models", timeout=aiohttp.ClientTimeout(total=self._timeout_s)
            ) as response:
                return read_models(await response.read()) if response.status == 200 else []
        except (aiohttp.ClientError, TimeoutError, OSError, MalformedReply):
            return []

    async def generates(self, limit_s: float) -> bool:
        """It has made one token within *limit_s*."""
        if not self._model:
            self._model = next(iter(await self.listed()), "")
        question = {"role": "user", "content": "1+1=？"}
        body = {"model": self._model, "messages": [question], "max_tokens": 1, "temperature": 0, "stream": False}
        return await self._status("POST", "/v1/chat/completions", limit_s, json.dumps(body)) == 200

    async def _status(self, method: str, path: str, limit_s: float, body: str | None = None) -> int | None:
        try:
            async with self._http.request(
                method,
                self._url + path,
                data=body,
                headers={"Content-Type": "application/json"} if body else None,
                timeout=aiohttp.ClientTimeout(total=limit_s),
            ) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
