"""Stands for LMDeploy: ``stand_in_server.py -c … serve api_server FOLDER … --server-port P --model-name N``.

It answers every question with its name. Files in FOLDER tell it how to fail:
``dies`` ends it at the start, ``loads_s`` holds the seconds it takes to start,
``answers_s`` those of an answer, ``says`` what it answers instead; with ``mute`` it makes one token and never an answer.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from aiohttp import web

ARGUMENTS = sys.argv[1:]
FOLDER = Path(ARGUMENTS[ARGUMENTS.index("api_server") + 1])


def _after(option: str) -> str:
    return ARGUMENTS[len(ARGUMENTS) - 1 - ARGUMENTS[::-1].index(option) + 1]


NAME, PORT = _after("--model-name"), int(_after("--server-port"))


def _told(name: str) -> float:
    file = FOLDER / name
    return float(file.read_text() or 0) if file.exists() else 0.0


async def health(_: web.Request) -> web.Response:
    return web.Response()


async def models(_: web.Request) -> web.Response:
    return web.json_response({"data": [{"id": NAME}]})


async def chat(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    if body["model"] != NAME:
        return web.json_response({"error": "no such model"}, status=404)
    if (FOLDER / "mute").exists() and body["max_tokens"] > 1:
        return web.json_response({"error": "out of memory"}, status=500)
    await asyncio.sleep(_told("answers_s"))
    text = (FOLDER / "says").read_text() if (FOLDER / "says").exists() else NAME
    if body.get("stream"):
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        for delta, end in (({"content": text}, None), ({}, "stop")):
            piece = {"model": NAME, "choices": [{"delta": delta, "finish_reason": end}]}
            await stream.write(f"data: {json.dumps(piece)}\n\n".encode())
        await stream.write(b"data: [DONE]\n\n")
        return stream
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return web.json_response({"model": NAME, "choices": [choice]})


if __name__ == "__main__":
    if (FOLDER / "dies").exists():
        sys.exit("CUDA out of memory")
    time.sleep(_told("loads_s"))
    app = web.Application()
    app.add_routes([web.get("/health", health), web.get("/v1/models", models), web.post("/v1/chat/completions", chat)])
    web.run_app(app, host="127.0.0.1", port=PORT, print=None, shutdown_timeout=5)
