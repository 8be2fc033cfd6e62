"""Become the server of a model folder, by the command that ``gongkao serve`` uses.

    python -m benchmarks.gpu.served FOLDER --python LMDEPLOY_PYTHON [--port 23333] [--name tiny] [--cache-share 0.3]

The process that ran this is the server then.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from inference.serving.config import ServingConfig
from inference.serving.engines import Serving, turbomind


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--port", type=int, default=23333)
    parser.add_argument("--name", default="tiny")
    parser.add_argument("--cache-share", type=float, default=0.3)
    args = parser.parse_args()
    serving = Serving(args.folder.resolve(), args.name, port=args.port)
    launch = turbomind(serving, args.python, ServingConfig(cache_share=args.cache_share))
    print(*launch.command, flush=True)
    os.execvpe(launch.command[0], launch.command, {**os.environ, "PYTHONUNBUFFERED": "1", **launch.env})


if __name__ == "__main__":
    main()
