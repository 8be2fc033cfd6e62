"""A fake of LMDeploy's server for trying the comparison without a GPU: knows the answers, computes nothing.

    python -m benchmarks.gpu.fake_openai PORT FOLDER/questions.jsonl [--latency-ms 5]

FOLDER is what ``tiny_model.py`` wrote; every other question gets the same answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from pathlib import Path
from typing import Any

from aiohttp import web

from inference.prompts import one_width

_USER = re.compile(r"<\|im_start\|>user\n(.*?)<\|im_end\|>", re.DOTALL)


def app_of(known: dict[str, str], latency_s: float) -> web.Application:
    async def completions(request: web.Request) -> web.Response:
        body = await request.json()
        await asyncio.sleep(latency_s)
        texts = [known.get(_USER.findall(prompt)[-1], "不知道") for prompt in body["prompt"]]
        logprobs = {"token_logprobs": [-0.1]} if body.get("logprobs") else None
        choices = [{"index": at, "text": text, "logprobs": logprobs} for at, text in enumerate(texts)]
        return web.json_response({"model": body["model"], "choices": choices})

    async def chat(request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        await asyncio.sleep(latency_s)
        text = known.get(body["messages"][-1]["content"], "不知道")
        logprobs = {"content": [{"token": "x", "logprob": -0.1}]} if body.get("logprobs") else None
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop", "logprobs": logprobs}
        return web.json_response({"model": body["model"], "choices": [choice]})

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "tiny"}]})

    async def health(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application(client_max_size=2**28)
    app.add_routes([web.post("/v1/completions", completions), web.post("/v1/chat/completions", chat)])
    app.add_routes([web.get("/v1/models", models), web.get("/health", health)])
    return app


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--latency-ms", type=float, default=5)
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.questions.read_text(encoding="utf-8").splitlines()]
    known = {one_width(row["question"]): row["answer"] for row in rows}
    app = app_of(known, args.latency_ms / 1000)
    web.run_app(app, host="127.0.0.1", port=args.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
