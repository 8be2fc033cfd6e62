"""A model server for load: repeats the token of the question after a set latency.

python -m benchmarks.provider --port 9801 --latency-ms 50
"""

from __future__ import annotations

import argparse
import asyncio
import re

from aiohttp import web

TOKEN = re.compile(r"TK\d{8}X")


def make_app(latency_s: float) -> web.Application:
    async def chat(request: web.Request) -> web.Response:
        body = await request.json()
        await asyncio.sleep(latency_s)
        found = TOKEN.search(body["messages"][-1]["content"])
        reply = f"{found[0] if found else 'none'} 这是一个固定的回答，长短和真实回答差不多，用来量机器人自己花的时间。"
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": reply}}
        return web.json_response({"id": "1", "object": "chat.completion", "model": "fake", "choices": [choice]})

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "fake"}]})

    app = web.Application()
    app.add_routes([web.post("/v1/chat/completions", chat), web.get("/v1/models", models)])
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=0)
    args = parser.parse_args()
    web.run_app(make_app(args.latency_ms / 1000), host="127.0.0.1", port=args.port, access_log=None, print=None)
