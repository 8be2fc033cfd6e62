"""``transformers serve`` of version 4.57, doing as other engines do; run by the trainer's Python, never imported by ours.

``python gongkao_serve.py NAME serve …``. By itself it streams every answer, also when it is asked not to, answers under
any name, and calls its model by the path of its folder, which members would read.
"""

# pyright: basic, reportMissingImports=false

import json
import sys

from fastapi import HTTPException
from fastapi.responses import JSONResponse, StreamingResponse
from transformers.commands import serving, transformers_cli

NAME = sys.argv.pop(1)
Server = serving.ServeCommand
generated, written = Server.generate_chat_completion, Server.build_chat_completion_chunk


def answer(server, asked):
    if asked["model"] != NAME:
        raise HTTPException(404, f"no model {asked['model']} here, only {NAME}")
    pieces = generated(server, asked)
    return pieces if asked.get("stream") else whole(pieces)


def whole(pieces):
    """The reply that was streamed in *pieces*."""
    text, reason = "", None
    for piece in pieces:
        # One that tells of an error has no choices: the server answers with a status of 500 then.
        choice = json.loads(piece.removeprefix("data: "))["choices"][0]
        text += choice["delta"].get("content", "")
        reason = choice.get("finish_reason", reason)
    message = {"role": "assistant", "content": text}
    return {"model": NAME, "choices": [{"index": 0, "message": message, "finish_reason": reason}]}


def piece_of(server, *told, **more):
    return written(server, *told, **{**more, "model": NAME})


def response(told, **more):
    return JSONResponse(told) if isinstance(told, dict) else StreamingResponse(told, **more)


if __name__ == "__main__":
    Server.generate_chat_completion = answer
    Server.build_chat_completion_chunk = piece_of
    Server.get_gen_models = lambda _: [{"id": NAME, "object": "model"}]
    serving.StreamingResponse = response
    transformers_cli.main()
