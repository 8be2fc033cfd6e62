"""An evaluation of 10,000 questions against a fake server on this machine: our side's seconds and CPU.

    python -m benchmarks.evaluate [--questions N] [--latency-ms N] [--chat]
    python -m benchmarks.evaluate --server http://127.0.0.1:23333 [--server …] [--first-line] [--max-tokens N]

The server is a process of its own that answers every prompt at once (or after a set latency), two thirds rightly.
What is told is the CPU of the evaluating process alone, so that it can be held against a real server's answers a second.
With --server a real one is asked; --write FOLDER only writes the questions, to train a small model on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientError, ClientSession, web

from inference.prompts import LETTERS, answer_text, question_text
from store.wording import fingerprint
from training.evaluation.asking import Manner
from training.evaluation.comparing import compare
from training.evaluation.running import Candidate, evaluate
from training.evaluation.sets import read_sets

_USER = re.compile(r"<\|im_start\|>user\n(.*?)<\|im_end\|>", re.DOTALL)
_REASON = "这是一句话的理由，长短和真实回答差不多。"


def serve(port: int, latency_s: float) -> None:
    def reply(asked: str) -> str:
        lines = asked.split("\n")
        # The stem tells how many lines come before the right option; one question in three is answered wrong.
        number = int(lines[0].rsplit("第", 1)[1].split("号", 1)[0])
        return f"{lines[1 + (number // 4 + (number % 3 == 0)) % 4]}\n{_REASON}"

    async def completions(request: web.Request) -> web.Response:
        prompts = (await request.json())["prompt"]
        await asyncio.sleep(latency_s)
        texts = [reply(_USER.findall(prompt)[-1]) for prompt in prompts]
        return web.json_response({"choices": [{"index": at, "text": text} for at, text in enumerate(texts)]})

    async def chat(request: web.Request) -> web.Response:
        body = await request.json()
        await asyncio.sleep(latency_s)
        message = {"content": reply(body["messages"][-1]["content"])}
        return web.json_response({"choices": [{"message": message}]})

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "fake"}]})

    app = web.Application(client_max_size=2**28)
    app.add_routes([web.post("/v1/completions", completions), web.post("/v1/chat/completions", chat)])
    app.router.add_get("/v1/models", models)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


def make(folder: Path, count: int) -> None:
    """A version's folder: *count* held-out questions, three times as many to be trained on, one in 20 much like another."""
    held: list[dict[str, Any]] = []
    taught: list[dict[str, Any]] = []
    last = ""
    chance = random.Random(1)
    words = [chr(chance.randrange(0x4E00, 0x9000)) + chr(chance.randrange(0x4E00, 0x9000)) for _ in range(20_000)]
    for number in range(count * 4):
        one, two, three, four = (chance.choice(words) for _ in range(4))
        if number % 20 == 1:
            stem = f"{last}之后的{one}由谁提出，见第{number}号文献"
        else:
            last = f"{one}{two}时期的{three}与{four}"
            stem = f"{last}由谁提出，见第{number}号文献"
        options = [f"{one}{name}" for name in ("公", "侯", "伯", "子")]
        answer = LETTERS[number // 4 % 4]
        asked = question_text(stem, options)
        if number % 4 == 0:
            known = {"fingerprint": fingerprint(stem, options), "kind": "single", "category": f"类{number % 7}"}
            held.append(
                known | {"input": asked, "options": options, "answer": answer, "accepted": [options[number // 4 % 4]]}
            )
        else:
            turn = {"system": "", "input": asked, "output": answer_text("single", answer, options)}
            taught.append({"conversation": [turn]})
    for name, lines in (("holdout", held), ("train", taught), ("gate", []), ("guard", []), ("refusals", [])):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "styles.txt").write_text("plain\n" * len(taught))


async def up(url: str) -> None:
    async with ClientSession() as session:
        for _ in range(200):
            try:
                async with session.get(f"{url}/v1/models"):
                    return
            except ClientError:
                await asyncio.sleep(0.05)


def timed(what: str, begun: tuple[float, float]) -> None:
    wall, cpu = time.perf_counter() - begun[0], time.process_time() - begun[1]
    print(f"{what}: {wall:.2f} s, {cpu:.2f} s CPU of ours")


def measure(folder: Path, urls: tuple[str, ...], args: argparse.Namespace) -> None:
    begun = time.perf_counter(), time.process_time()
    sets = read_sets(folder)
    counts = "、".join(f"{one.name} {len(one.items)} {one.note}" for one in sets)
    timed(f"read the sets, found near misses ({counts})", begun)
    asyncio.run(up(urls[0]))
    candidate = Candidate(urls, family="" if args.chat else args.family)
    manner = Manner(max_tokens=args.max_tokens, first_line=args.first_line)
    for name in ("a", "b"):
        begun = time.perf_counter(), time.process_time()
        found = asyncio.run(evaluate(candidate, sets, folder / name, dataset="v", manner=manner))
        rates = {one.name: round(one.total.rate, 3) for one in found.sets}
        asked = sum(one.total.n for one in found.sets)
        timed(f"asked, scored and wrote {asked}, batched {found.identity.batched}, {rates}, {found.latency}", begun)
    begun = time.perf_counter(), time.process_time()
    compare(folder / "a", folder / "b")
    timed("compared", begun)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--port", type=int, default=9831)
    parser.add_argument("--chat", action="store_true", help="one prompt a call")
    parser.add_argument("--server", action="append", help="a real one; several of one model may be named")
    parser.add_argument("--family", default="qwen")
    parser.add_argument("--first-line", action="store_true")
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--write", type=Path, help="only write the questions")
    args = parser.parse_args()
    if args.write:
        args.write.mkdir(parents=True, exist_ok=True)
        make(args.write, args.questions)
        return
    with TemporaryDirectory() as place:
        make(Path(place), args.questions)
        if args.server:
            measure(Path(place), tuple(args.server), args)
            return
        context = multiprocessing.get_context("spawn")
        server = context.Process(target=serve, args=(args.port, args.latency_ms / 1000), daemon=True)
        server.start()
        try:
            measure(Path(place), (f"http://127.0.0.1:{args.port}",), args)
        finally:
            server.terminate()
            server.join()


if __name__ == "__main__":
    main()
