"""The queue and the worker process, with small workers of other tempers in place of the real one."""

from __future__ import annotations

import asyncio
import os
import sys
import textwrap
from pathlib import Path

import pytest

from bot.services.photos.reader import PhotoReader
from bot.services.photos.text import PhotoBusy, PhotosNotInstalled, PhotoUnreadable

PREAMBLE = """
import json, os, struct, sys, time
def send(reply):
    body = json.dumps(reply).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
    sys.stdout.buffer.flush()
def pictures():
    while head := sys.stdin.buffer.read(4):
        yield sys.stdin.buffer.read(struct.unpack(">I", head)[0])
def answer(text):
    send({"lines": [[text, [0, 0, 9, 9], 1.0]], "text": text, "questions": [[text, True]]})
"""
ECHO = """
send({})
for picture in pictures():
    word = picture[30:].decode()
    if word == "slow": time.sleep(0.5)
    if word == "hang": time.sleep(60)
    if word == "die": os._exit(3)
    if word == "grow": held = b"x" * 200_000_000; time.sleep(60)
    if word == "odd": send({"lines": 5}); continue
    if word == "deep":
        sys.stdout.buffer.write(struct.pack(">I", 100_000) + b"[" * 100_000); sys.stdout.buffer.flush(); time.sleep(60)
    if word == "long": sys.stdout.buffer.write(b"\\xff" * 64); sys.stdout.buffer.flush(); time.sleep(60)
    if word == "blank": send({"unreadable": "没有字。"}); continue
    if word == "environment": word = ",".join(sorted(os.environ))
    answer(f"{word} {os.getpid()}")
"""


def worker(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", PREAMBLE + textwrap.dedent(script))


def picture(word: str) -> bytes:
    """Bytes whose header is a picture's, and *word*."""
    return b"GIF89a\x64\x00\x64\x00".ljust(30, b"\0") + word.encode()


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]


async def ended(pid: int) -> None:
    for _ in range(100):
        if not alive(pid):
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"process {pid} is still there")


def reader(script: str = ECHO, **options: float) -> PhotoReader:
    return PhotoReader(command=worker(script), **{"limit_s": 5, "max_queue": 3, **options})  # type: ignore[arg-type]


async def test_one_worker_reads_picture_after_picture_and_ends_with_the_reader():
    async with reader() as photos:
        assert photos.worker_pid is None
        texts = await asyncio.gather(*(photos.read(picture(word)) for word in ("one", "two", "three")))
        pid = photos.worker_pid
        assert [text.text for text in texts] == [f"{word} {pid}" for word in ("one", "two", "three")]
        assert texts[0].lines[0].box == (0, 0, 9, 9)
        assert texts[0].questions[0].complete
    assert pid is not None
    assert not alive(pid)


async def test_what_is_no_picture_starts_no_worker():
    async with reader() as photos:
        with pytest.raises(PhotoUnreadable, match="只认得"):
            await photos.read(b"%PDF")
        assert photos.worker_pid is None


async def test_the_worker_s_sentence_reaches_the_caller():
    async with reader() as photos:
        with pytest.raises(PhotoUnreadable, match="没有字"):
            await photos.read(picture("blank"))
        assert (await photos.read(picture("next"))).text.startswith("next")


async def test_a_full_queue_refuses_and_the_others_are_answered():
    async with reader() as photos:
        await photos.read(picture("start"))
        first = asyncio.create_task(photos.read(picture("slow")))
        await asyncio.sleep(0.1)
        waiting = [asyncio.create_task(photos.read(picture(f"w{i}"))) for i in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(PhotoBusy, match="太多"):
            await photos.read(picture("late"))
        assert [text.text.split()[0] for text in await asyncio.gather(first, *waiting)] == ["slow", "w0", "w1", "w2"]


@pytest.mark.parametrize("waits", [False, True], ids=["being read", "in the queue"])
async def test_a_caller_that_leaves_does_not_disturb_the_next(waits: bool):
    async with reader() as photos:
        pid = (await photos.read(picture("start"))).text.split()[1]
        first = asyncio.create_task(photos.read(picture("slow")))
        second = asyncio.create_task(photos.read(picture("second")))
        third = asyncio.create_task(photos.read(picture("third")))
        await asyncio.sleep(0.1)
        gone, kept = (second, first) if waits else (first, second)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert (await kept).text.startswith("slow" if waits else "second")
        assert (await third).text == f"third {pid}"


@pytest.mark.parametrize("word", ["hang", "die", "odd", "deep", "long", "grow"])
async def test_a_worker_that_fails_is_replaced(word: str):
    async with reader(limit_s=1.5, max_rss=150_000_000) as photos:
        pid = (await photos.read(picture("start"))).text.split()[1]
        with pytest.raises(PhotoUnreadable, match="没能看完"):
            await photos.read(picture(word))
        assert not alive(int(pid))
        assert (await photos.read(picture("next"))).text.split()[1] != pid


async def test_an_idle_worker_is_stopped_and_started_again():
    async with reader(idle_s=0.3) as photos:
        pid = (await photos.read(picture("one"))).text.split()[1]
        await ended(int(pid))
        assert photos.worker_pid is None
        assert (await photos.read(picture("two"))).text.split()[1] != pid


async def test_missing_packages_are_said_so():
    async with reader("sys.exit(64)") as photos:
        with pytest.raises(PhotosNotInstalled, match="photo"):
            await photos.read(picture("one"))
    async with PhotoReader(command=("/nonexistent/python",)) as photos:
        with pytest.raises(PhotosNotInstalled):
            await photos.read(picture("one"))


async def test_a_worker_that_never_gets_ready_gives_a_sentence():
    async with reader("sys.exit(1)") as photos:
        for _ in range(2):
            with pytest.raises(PhotoUnreadable):
                await photos.read(picture("one"))


async def test_the_worker_sees_none_of_the_bot_s_keys(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GONGKAO_SECRET_KEY", "not for strangers' files")
    async with reader() as photos:
        names = (await photos.read(picture("environment"))).text
    assert "SECRET" not in names
    assert "PATH" in names


async def test_closing_in_the_middle_ends_the_worker_and_the_callers():
    async with reader() as photos:
        pid = int((await photos.read(picture("start"))).text.split()[1])
        tasks = [asyncio.create_task(photos.read(picture(word))) for word in ("hang", "behind")]
        await asyncio.sleep(0.1)
    assert not alive(pid)
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in done)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="looks at Unix processes")
async def test_the_worker_ends_when_the_bot_is_gone():
    script = f"""
    import asyncio, sys
    from bot.services.photos.reader import PhotoReader
    async def main():
        photos = PhotoReader(command={worker(ECHO)!r})
        text = await photos.read({picture("one")!r})
        print(text.text.split()[1], flush=True)
        await asyncio.sleep(60)
    asyncio.run(main())
    """
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(script), stdout=asyncio.subprocess.PIPE
    )
    assert bot.stdout
    pid = int(await bot.stdout.readline())
    bot.kill()
    await bot.wait()
    await ended(pid)
