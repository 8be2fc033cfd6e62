"""Plays the Pythons of the trainer and of the model server, in no time, and notes in ``STAND_IN_NOTES`` what it played.

A training lasts as long as the round's folder holds a file ``hold``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from tests.training.weights import safetensors
from tests.training.xtuner import stand_in

REPOSITORY = Path(__file__).parents[3]


def install(folder: Path) -> Path:
    """An interpreter that is this module."""
    place = folder / "python"
    place.write_text(
        f'#!/bin/sh\nPYTHONPATH="{REPOSITORY}" exec "{sys.executable}" -m {__spec__.name} "$@"\n', encoding="utf-8"
    )
    place.chmod(0o755)
    return place


class Server(BaseHTTPRequestHandler):
    """Has no idea of anything."""

    def do_GET(self) -> None:
        self._say({"data": [{"id": "any"}]} if self.path == "/v1/models" else {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        message = {"role": "assistant", "content": "没有把握"}
        if self.path == "/v1/chat/completions":
            self._say({"model": "any", "choices": [{"message": message, "finish_reason": "stop"}]})
        else:
            self._say({"detail": "Not Found"}, 404)

    def _say(self, told: object, status: int = 200) -> None:
        text = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


def note(module: str) -> None:
    with Path(os.environ["STAND_IN_NOTES"]).open("a", encoding="utf-8") as file:
        file.write(f"{module}\n")


def main(module: str, *words: str) -> None:
    note(module)
    match module:
        case "xtuner.tools.train":
            while (Path(words[0]).parent / "hold").exists():
                time.sleep(0.05)
            stand_in.train(Path(words[0]).read_text(encoding="utf-8"), Path(words[2]))
        case "gongkao_convert":
            stand_in.convert("", Path(words[2]))
        case "gongkao_merge":
            stand_in.merge(Path(words[1]), Path(words[3]))
            (Path(words[3]) / "model.safetensors").write_bytes(safetensors())
        case "transformers.cli.transformers":
            HTTPServer(("127.0.0.1", int(words[words.index("--port") + 1])), Server).serve_forever()
        case _:
            sys.exit(f"No module named {module}")


if __name__ == "__main__":
    main(*sys.argv[2:])
