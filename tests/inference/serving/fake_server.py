"""Stands for a model server: ``fake_server.py PORT FOLDER [--deaf] [--worker] [--mute]``.

The files in FOLDER tell it what to do while it runs: ``crash`` exits with 3,
``hang`` stops answering, ``stall`` stops making tokens. Each start uses them up
and appends its process id to ``starts``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
KEY = os.environ.get("FAKE_KEY", "")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        while (FOLDER / "hang").exists():
            time.sleep(0.02)
        given = self.headers.get("Authorization", "")
        allowed = self.path == "/health" or not KEY or given == f"Bearer {KEY}"
        say(f"{self.command} {self.path} with {given}")
        body = b'{"data": [{"id": "fake"}]}'
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        while (FOLDER / "stall").exists():
            time.sleep(0.02)
        self.do_GET()

    def log_message(self, *_: object) -> None: ...


def watch_for_orders() -> None:
    while True:
        if (FOLDER / "crash").exists():
            (FOLDER / "crash").unlink()
            say("\x1b[31mout of memory\x1b[0m")
            os._exit(3)
        time.sleep(0.02)


if "--deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "--worker" in sys.argv:
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (FOLDER / "worker").write_text(str(worker.pid))
for order in ("hang", "stall"):
    (FOLDER / order).unlink(missing_ok=True)
with (FOLDER / "starts").open("a") as starts:
    starts.write(f"{os.getpid()}\n")
say("loading 模型 \rloading 100%")
threading.Thread(target=watch_for_orders, daemon=True).start()
ThreadingHTTPServer.allow_reuse_address = True
if "--mute" in sys.argv:
    time.sleep(600)
ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
