"""Asking a server many prompts, as fast as it takes them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from inference.chat_template import ChatFormat
from inference.errors import InferenceError, MalformedReply, RequestRejected
from inference.prompts import training_turn
from training.evaluation.errors import ServerFailed
from training.evaluation.wire import Reply, Wire, is_final
from training.progress import Report, silent

_STAGE = "提问"
_FIRST = 4
"""So many calls are under way at first; each quick reply adds one."""
_QUICK = 0.1
"""A reply within this share of the time-out is quick: one more call waits no longer than it may."""
_FEWEST_TIMED = 8
_PROBE = 8
"""Tokens of a reply that is asked for its confidence alone: of one token there may be no whole character."""
_WORDS = {
    "refused": "没有服务在听，请先把模型服务启动",
    "unreachable": "连不上，请检查地址",
    "timeout": "太久没有回答",
    "connect_timeout": "连不上，请检查地址",
    "reset": "连接中途断了",
    "http_401": "密钥不对，请设好 GONGKAO_MODEL_API_KEY",
    "http_403": "密钥不对，请设好 GONGKAO_MODEL_API_KEY",
    "http_404": "没有这个模型或接口，请核对模型名",
    "http_429": "服务一直太忙",
    "not_a_completion": "回的不是模型的回答",
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a server is asked."""

    max_tokens: int = 256
    """Longest reply, in tokens."""
    first_line: bool = False
    """Stop a reply at its first line where that holds the whole answer: the figures are those of the line
    that the system prompt asks for, without the time for reasons."""
    batch: int = 256
    """Prompts a call, where the server takes several."""
    calls: int = 4
    """Such calls at the same time at most."""
    concurrency: int = 64
    """Requests at the same time at most where a call takes one prompt."""
    most_failed_percent: float = 3.0
    """Past this share of prompts without a reply the figures would say nothing of the model."""


@dataclass(frozen=True, slots=True)
class Pile:
    """Prompts that are finished together."""

    name: str
    inputs: Sequence[str]
    in_first_line: bool
    """Whether the first line of a reply is all that counts."""
    sure: bool = False
    """Whether the confidence of each reply is wanted; then each is asked by chat, and whole, as members ask:
    LMDeploy tells no token probabilities of batched calls, and those of a first line are not those of an answer."""


@dataclass(frozen=True, slots=True)
class _Unit:
    pile: Pile
    start: int
    end: int


class Asker:
    """Asks servers of one model; *form* is its chat format, without which one call takes one prompt.

    One server's Python needs a core to itself and is the limit long before the
    GPU is; two or four on the same GPU answer two to three times as much.
    """

    def __init__(self, wires: Sequence[Wire], manner: Manner, form: ChatFormat | None, report: Report = silent) -> None:
        self._wires = wires
        self._manner = manner
        self._form = form
        self._report = report
        self._failed: Counter[str] = Counter()
        self._total = 0
        self._done = 0
        self._tells_sureness = False
        self.batched = False
        """Whether calls take several prompts; known after :meth:`prepare`."""

    async def prepare(self, model: str, sample: str) -> None:
        """Find the model's name when *model* is empty, and by asking *sample* how the server can be asked.

        Raises:
            ServerFailed: it cannot be asked at all.
        """
        try:
            listed = [model] if model else await self._wires[0].models()
            if not listed:
                raise ServerFailed("模型服务没有列出任何模型，请用 --model 写出模型名。")
            for wire in self._wires:
                wire.model = listed[0]
            several = [await self._takes_several(wire, sample) for wire in self._wires]
            self.batched = all(several)
            if not self.batched:
                for wire in self._wires:
                    await wire.chat(sample, max_tokens=1)
        except InferenceError as error:
            raise ServerFailed(f"模型服务不能用：{in_words(error.reason)}。") from error

    async def _takes_several(self, wire: Wire, sample: str) -> bool:
        if self._form is None:
            return False
        try:
            # Two, since a server may well take a list and answer only its first prompt.
            await wire.completions([self._written_out(sample)] * 2, max_tokens=1)
        except (RequestRejected, MalformedReply) as error:
            if isinstance(error, RequestRejected) and error.status in (401, 403):
                raise
            return False
        return True

    async def ask(
        self,
        piles: Sequence[Pile],
        came: Callable[[Pile, int, list[Reply]], None],
        finished: Callable[[Pile], None],
    ) -> None:
        """Ask everything. *came* is given replies and the number of the first one's prompt, in no order of numbers;
        *finished* a pile as soon as its last reply has come.

        A prompt without a reply is handed over as such, never left out.

        Raises:
            ServerFailed: more than ``most_failed_percent`` of all have none, or the server is gone.
        """
        self._total = sum(len(pile.inputs) for pile in piles)
        sample = next((pile.inputs[0] for pile in piles if pile.sure and pile.inputs), None)
        self._tells_sureness = sample is not None and await self._is_told_sureness(sample)
        left = {pile.name: len(pile.inputs) for pile in piles}
        units = self._units(piles)
        most = self._manner.calls if self.batched else self._manner.concurrency
        workers = dict.fromkeys(range(len(self._wires)), min(_FIRST, most))

        async def work(number: int) -> None:
            wire = self._wires[number]
            for unit in units:  # shared: each worker takes the next one
                begun = time.monotonic()
                found = await self._unit(wire, unit)
                # A server that answers one after the other, as on a CPU, must not be given
                # more than it can answer before the last one has waited too long.
                if workers[number] < most and time.monotonic() - begun < wire.timeout_s * _QUICK:
                    workers[number] += 1
                    group.create_task(work(number))
                came(unit.pile, unit.start, found)
                left[unit.pile.name] -= len(found)
                self._done += len(found)
                self._report(_STAGE, self._done, self._total)
                if not left[unit.pile.name]:
                    finished(unit.pile)

        try:
            async with asyncio.TaskGroup() as group:
                for number, count in list(workers.items()):
                    for _ in range(count):
                        group.create_task(work(number))
        except ExceptionGroup as errors:
            # One is enough to say; a group would be a riddle for the person who reads it.
            raise errors.exceptions[0] from None

    def _units(self, piles: Sequence[Pile]) -> Iterator[_Unit]:
        for pile in piles:
            step = self._manner.batch if self.batched else 1
            if self.batched and self._by_chat(pile):
                # As many at the same time as where nothing is batched.
                step = max(1, self._manner.concurrency // self._manner.calls)
            for start in range(0, len(pile.inputs), step):
                yield _Unit(pile, start, min(start + step, len(pile.inputs)))

    def _by_chat(self, pile: Pile) -> bool:
        return pile.sure and self._tells_sureness

    async def _is_told_sureness(self, sample: str) -> bool:
        """Whether every server tells how sure a reply is; some know no such wish, some refuse it."""
        try:
            replies = [await wire.chat(sample, max_tokens=_PROBE, sure=True) for wire in self._wires]
        except InferenceError as error:
            if is_final(error):
                raise ServerFailed(f"模型服务不能用：{in_words(error.reason)}。") from error
            return False
        return all(reply.confidence is not None for reply in replies)

    async def _unit(self, wire: Wire, unit: _Unit) -> list[Reply]:
        inputs = unit.pile.inputs[unit.start : unit.end]
        one_line = self._manner.first_line and unit.pile.in_first_line
        stop = ["\n"] if one_line else []
        if self._by_chat(unit.pile):
            found = await self._together(wire, inputs)
        elif self.batched:
            assert self._form is not None
            prompts = [self._written_out(asked) for asked in inputs]
            found = await self._several(wire, prompts, [*self._form.stop_words, *stop])
        else:
            found = [await self._one(wire, inputs[0], stop)]
        # Not every server stops there: some ignore stop words, some know none within a token.
        return [replace(reply, text=reply.text.split("\n", 1)[0]) for reply in found] if one_line else found

    async def _one(self, wire: Wire, asked: str, stop: Sequence[str], *, sure: bool = False) -> Reply:
        try:
            return await wire.chat(asked, max_tokens=self._manner.max_tokens, stop=stop, sure=sure)
        except InferenceError as error:
            return self._given_up(1, error)[0]

    async def _together(self, wire: Wire, inputs: Sequence[str]) -> list[Reply]:
        """The replies to *inputs*, each asked by itself, with their confidences."""
        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(self._one(wire, one, [], sure=True)) for one in inputs]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [one.result() for one in asked]

    async def _several(self, wire: Wire, prompts: Sequence[str], stop: Sequence[str]) -> list[Reply]:
        try:
            return await wire.completions(prompts, max_tokens=self._manner.max_tokens, stop=stop)
        except InferenceError as error:
            refused = isinstance(error, RequestRejected | MalformedReply) or error.reason.startswith("http_5")
            if len(prompts) == 1 or not refused or is_final(error):
                return self._given_up(len(prompts), error)
        # One prompt that the server cannot take, too long perhaps, must not cost the others their replies.
        half = len(prompts) // 2
        first = await self._several(wire, prompts[:half], stop)
        return [*first, *await self._several(wire, prompts[half:], stop)]

    def _given_up(self, count: int, error: InferenceError) -> list[Reply]:
        if is_final(error):
            raise ServerFailed(f"模型服务不能用了：{in_words(error.reason)}。已经考完的题集下次接着用。") from error
        self._failed[error.reason] += count
        failed = self._failed.total()
        if failed * 100 > self._manner.most_failed_percent * self._total:
            raise ServerFailed(
                f"{self._total} 题里已有 {failed} 题没拿到回答（{describe(self._failed)}），超过 "
                f"{self._manner.most_failed_percent:g}%，这次的成绩不算数。请看模型服务的日志，修好再来。"
            ) from error
        return [Reply("", error.reason)] * count

    def _written_out(self, asked: str) -> str:
        assert self._form is not None
        # The BOS as the serving template writes it; LMDeploy drops one of two when its tokenizer adds its own.
        return self._form.bos + self._form.render(training_turn(asked, ""), with_answer=False)


async def latencies(
    wire: Wire, inputs: Sequence[str], *, max_tokens: int, enough_s: float = 10, report: Report = silent
) -> list[float]:
    """Milliseconds from question to whole reply, one question at a time, as a lone member would wait.

    The first one only warms up. What fails is left out, and after *enough_s*
    seconds a few have to do, so fewer may come back.
    """
    found: list[float] = []
    ends = time.monotonic() + enough_s
    for number, asked in enumerate([*inputs[:1], *inputs]):
        begun = time.perf_counter()
        try:
            await wire.chat(asked, max_tokens=max_tokens)
        except InferenceError:
            continue
        if number:
            found.append((time.perf_counter() - begun) * 1000)
        report("量延迟", number, len(inputs))
        if len(found) >= _FEWEST_TIMED and time.monotonic() > ends:
            break
    return found


def in_words(reason: str) -> str:
    return _WORDS.get(reason, reason)


def describe(failed: Mapping[str, int]) -> str:
    """``太久没有回答 12 题、连接中途断了 3 题``, the most frequent first."""
    ordered = sorted(failed.items(), key=lambda pair: (-pair[1], pair[0]))
    return "、".join(f"{in_words(reason)} {count} 题" for reason, count in ordered)
