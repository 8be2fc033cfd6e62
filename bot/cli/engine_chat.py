"""``gongkao chat --engine``: talk to the model itself, past the question bank, the journal and the passport."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.chat import LEAVE
from bot.cli.console import MEMBER, fail, load_settings
from bot.cli.engine_front import Front, here
from bot.services.releases.following import target_of
from inference.budget import TooLong, bound, fitted, longest_prompt
from inference.client import Completion, Message, ModelClient
from inference.config import InferenceConfig
from inference.errors import InferenceError, MalformedReply, RequestRejected, ServerBusy, ServerUnavailable
from inference.prompts import question_messages
from inference.target import Target
from settings import Settings, SettingsError, secret
from store import releases
from store.config import StoreConfig, database_url
from store.db import open_engine, open_sessions

_AFRESH = {"/清空", "/clear"}
_NO_MODEL = "现在没有模型在服务。运行 gongkao serve 模型文件夹，或者用 --url 写明别处模型服务的地址。"
_PATIENT = {"first_token_timeout_s": 60.0, "idle_timeout_s": 15.0, "total_timeout_s": 600.0}
"""At least: whoever sits before the screen can stop a slow model, members in a group cannot."""


def engine_chat(*, url: str | None, model: str | None, system: str | None) -> NoReturn:
    """Talk until the input ends, then end the command: with 1 when a script's question got no answer."""
    try:
        code = asyncio.run(_chat(load_settings(), url, model, system))
    except SettingsError as error:
        fail(str(error))
    raise typer.Exit(code)


async def _chat(settings: Settings, url: str | None, model: str | None, system: str | None) -> int:
    config = settings.table("inference", InferenceConfig)
    target = await _target(settings, config, url)
    if model:
        target = replace(target, model=model)
    config = config.model_copy(
        update={name: max(seconds, getattr(config, name)) for name, seconds in _PATIENT.items()}
        | {"base_url": target.urls, "model": target.model, "round": target.round, "chat_format": ""}
        # What is asked again is to be said again, and a server that is back to be heard at once.
        | {"remember_s": 0, "breaker_failures": 1000}
    )
    async with ModelClient(config, api_key=secret("GONGKAO_MODEL_API_KEY")) as client:
        name = await _name(client, config)
        front = here()
        front.greet(f"直接和 {name} 对话，不查题库，不留记录。\n服务在 {_where(config)}，{_prompted(system)}")
        talk = _Talk(client, config, front, system)
        while (text := await front.read()) is not None and text not in LEAVE:
            if text in _AFRESH:
                talk.turns.clear()
                front.note("好，重新开始。")
            elif text:
                await front.listen(talk.ask(text))
        return front.code


class _Talk:
    """Questions and answers so far, and how the next one is asked."""

    def __init__(self, client: ModelClient, config: InferenceConfig, front: Front, system: str | None) -> None:
        self.turns: list[tuple[str, str]] = []
        self._client = client
        self._config = config
        self._front = front
        self._own = None if system is None else [Message(role="system", content=system)] if system.strip() else []
        # `fitted` measures the project's own prompt; a longer one takes its place from the rest.
        longer = 0 if not self._own else max(0, bound(self._own) - bound(question_messages("")[:1]))
        self._limit = longest_prompt(config.session_len, config.max_tokens) - longer

    async def ask(self, question: str) -> None:
        """Have *question* answered and shown; one that fails is no part of the talk."""
        try:
            messages = await fitted(question, limit=self._limit, previous=self.turns, count=self._client.count_tokens)
        except TooLong as error:
            most = error.most_chars // 10 * 10
            hint = f"{most} 字以内再试" if most else "把提示词写短，或者把 [inference] session_len 调大"
            self._front.complain(f"这一问太长，模型放不下，{hint}。")
            return
        if gone := len(self.turns) - (len(messages) - 2) // 2:
            del self.turns[:gone]
            self._front.note(f"对话太长，最早的 {gone} 问模型看不到了。")
        if self._own is not None:
            messages[:1] = self._own
        started = time.perf_counter()
        try:
            async with aclosing(self._client.stream(messages, lane=MEMBER)) as parts:
                completion = await self._front.show(parts)
        except InferenceError as error:
            self._front.complain(_fault(error, _where(self._config)))
            return
        seconds = time.perf_counter() - started
        length = await self._length(completion)
        self.turns.append((question, completion.text))
        self._front.note(f"{completion.model}，{seconds:.1f} 秒{length}")

    async def _length(self, completion: Completion) -> str:
        cut = f"，说到 {self._config.max_tokens} token 被截断" if completion.truncated else ""
        try:
            return cut or f"，约 {await self._client.count_tokens(completion.text)} token"
        except InferenceError:
            return ""


async def _target(settings: Settings, config: InferenceConfig, url: str | None) -> Target:
    """The server that was named, else the one in ``bot.toml``, else the one that the database says serves."""
    if url is not None:
        if not url.startswith(("http://", "https://")):
            fail("--url 要以 http:// 或 https:// 开头，例如 http://127.0.0.1:23333。")
        return Target((url,))
    if config.base_url:
        return Target.configured(config)
    store = settings.table("store", StoreConfig)
    address = database_url(store, settings.home)
    try:
        if _unborn(address):
            fail(_NO_MODEL)
        engine = open_engine(address, store)
        try:
            async with open_sessions(engine)() as session:
                found = await releases.outlook(session)
        finally:
            await engine.dispose()
    except (SQLAlchemyError, OSError) as error:
        fail(f"数据库打不开（{type(error).__name__}）。运行 gongkao doctor 看看，或者用 --url 写明模型服务的地址。")
    if found.changing:
        fail("模型正在启动，过会儿再来；gongkao release status 看它好了没有。")
    if found.serving is None:
        fail(_NO_MODEL)
    return target_of(found.serving)


def _unborn(address: str) -> bool:
    """Whether the database at *address* is a file that looking into it would only create."""
    parsed = make_url(address)
    return parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file()


async def _name(client: ModelClient, config: InferenceConfig) -> str:
    """The model that will answer; ends the command when there is none."""
    where = _where(config)
    try:
        names = await client.models()
    except ServerUnavailable as error:
        fail(f"{_fault(error, where)}运行 gongkao serve 启动它，在别处就用 --url 写明地址。")
    except InferenceError as error:
        fail(_fault(error, where))
    if config.model and names and config.model not in names:
        fail(f"{where} 没有名为 {config.model} 的模型，有的是 {'、'.join(names[:5])}；用 --model 选一个。")
    if not config.model and not names:
        fail(f"{where} 没有列出任何模型，用 --model 写明名字。")
    return config.model or names[0]


def _where(config: InferenceConfig) -> str:
    return "、".join(config.base_url)


def _prompted(system: str | None) -> str:
    if system is None:
        return "提示词和机器人问它时一样。"
    return "提示词是你给的。" if system.strip() else "不带提示词。"


def _fault(error: InferenceError, where: str) -> str:
    """One sentence for whoever looks after the model."""
    match error:
        case ServerBusy():
            return "模型服务太忙，过会儿再问。"
        case ServerUnavailable(reason="refused" | "unreachable" | "connect_timeout"):
            return f"连不上 {where}，可能没在运行，或者换了地方。"
        case ServerUnavailable(reason="first_token_timeout" | "idle_timeout" | "timeout"):
            return "等得太久了，先不等了。"
        case ServerUnavailable() if error.reason.startswith("http_"):
            return f"模型服务出错了（{error.reason.removeprefix('http_')}），看看它的日志。"
        case ServerUnavailable() | MalformedReply(reason="cut_short"):
            return "模型服务中途断了，看看它的日志。"
        case RequestRejected(status=401 | 403):
            return "密钥不对，GONGKAO_MODEL_API_KEY 要和模型服务那边一样。"
        case RequestRejected(status=404):
            return f"{where} 没有这个模型（404）。刚换过就退出再进来，不然看看地址对不对。"
        case RequestRejected(status=400 | 413 | 422):
            return f"模型服务不收这一问（{error.status}），可能是对话太长，发 /清空 再试。"
        case RequestRejected():
            return f"模型服务拒绝了（{error.reason.removeprefix('http_')}），看看地址和它的日志。"
        case MalformedReply(reason="empty"):
            return "模型什么也没说。"
        case _:
            return f"{where} 的回应看不懂，它要是 OpenAI 兼容的服务。"
