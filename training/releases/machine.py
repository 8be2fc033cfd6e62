"""How this machine serves a model folder: interpreter, ports, memory, log."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import psutil
from pydantic import SecretStr

from inference.serving import engines
from inference.serving.config import ServingConfig
from inference.serving.engines import Serving
from inference.serving.gpu import free_memory_mib, nvidia_gpus, only
from inference.serving.inspection import Report, inspect
from inference.serving.log import ServingLog
from inference.serving.model_folder import BadModelFolder
from inference.serving.process import MARK, Launch, ServerProcess
from inference.serving.server import Patience
from inference.serving.shapes import engine_batch
from inference.serving.sizing import BESIDE_WEIGHTS, CONTEXT_MIB, fits_beside
from training.releases.errors import NotFit

LOGS = Path("data/logs")
CHALLENGER = "c"
"""Before the number in a challenger's mark; a release's is its number alone."""
_SCRATCH = Path("data/serving")
SHARE = 0.8
"""Of what is free beside the weights, for a cache that need leave no room."""
_WORK_MIB = 1024
"""For a model on the CPU, beside its weights."""


@dataclass(frozen=True, slots=True)
class Room:
    """What there is for a server."""

    beside: bool
    """It can be started while another one serves."""
    cache_share: float
    """For its KV cache, see :class:`ServingConfig`."""


class Machine:
    """One machine and the interpreter that has its engine."""

    def __init__(self, config: ServingConfig, python: Path, home: Path, api_key: SecretStr | None) -> None:
        self.config = config
        self.home = home
        self.api_key = api_key
        self._python = python

    @property
    def patience(self) -> Patience:
        config = self.config
        on_cpu = config.engine == "transformers"
        return Patience(
            start_limit_s=config.start_limit_s,
            check_every_s=config.check_every_s,
            # The little CPU server answers one request at a time, and nothing else meanwhile.
            check_timeout_s=max(config.check_timeout_s, 60 if on_cpu else 0),
            hung_after=config.hung_after,
            token_every_s=60 if on_cpu else 5,
            stall_s=max(config.stall_s, 180 if on_cpu else 0),
        )

    def log(self, name: str) -> ServingLog:
        """Of the server called *name*."""
        return self._log(f"serving-{name}.log")

    @property
    def own_log(self) -> ServingLog:
        """Of the keeper behind the terminal."""
        return self._log("keeper.log")

    def _log(self, name: str) -> ServingLog:
        key = self.api_key.get_secret_value() if self.api_key else ""
        path = self.home / LOGS / name
        return ServingLog(path, secret=key, max_bytes=self.config.log_mb * 1_000_000, keep=self.config.log_keep)

    def launch(self, folder: Path, name: str, port: int, mark: str, cache_share: float) -> Launch:
        """How the model in *folder* is served as *name*; *mark* says whose the process is, see :data:`CHALLENGER`."""
        config = self.config
        serving = Serving(folder, name, config.host, port, config.extra)
        if config.engine == "transformers":
            start = engines.transformers if _transformers_major(self._python) >= 5 else engines.transformers_4
            found = start(serving, self._python, scratch=self.home / _SCRATCH)
        else:
            fitted = config.model_copy(update={"cache_share": cache_share})
            found = engines.turbomind(serving, self._python, fitted, api_key=self.api_key)
        env = {**found.env, MARK: f"{self.mark}/{mark}"}
        if config.device:
            env |= only(config.device)
        return replace(found, env=env)

    def share_of(self, process: ServerProcess) -> float:
        """The cache share to start the model of *process* with again: the one it has, unless the settings say one."""
        return self.config.cache_share or engines.cache_share(process.command) or SHARE

    @property
    def mark(self) -> str:
        return str(self.home.resolve())

    def running(self) -> dict[int, ServerProcess]:
        """Servers of releases that were left running here, by the release."""
        return self._left("")

    def challenging(self) -> dict[int, ServerProcess]:
        """Those of challengers, by the challenger."""
        return self._left(CHALLENGER)

    def _left(self, kind: str) -> dict[int, ServerProcess]:
        found = {
            name.removeprefix(kind): one
            for name, one in ServerProcess.marked(self.mark).items()
            if name.startswith(kind)
        }
        return {int(number): one for number, one in found.items() if number.isdecimal()}

    def url(self, port: int) -> str:
        """Where the bot reaches a server on *port*."""
        config = self.config
        return Serving(self.home, "", config.advertise or config.host, port).url

    def free_port(self, taken: int | None) -> int:
        """The port that a new server can have while the one on *taken* goes on.

        Raises:
            NotFit: somebody else has it.
        """
        port = next(one for one in self.config.ports if one != taken)
        with socket.socket(socket.AF_INET6 if ":" in self.config.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.config.host, port))
            except OSError as error:
                raise NotFit(
                    f"端口 {port} 用不了（{error.strerror}），可能有别的程序占着。换模型要 [serving] 的 port 和下一个两个端口。"
                ) from error
        return port

    def room(self, report: Report, *, serving: bool) -> Room:
        """Whether the model of *report* can be served as well while another one serves, and its share for the cache.

        A first model leaves room for a second one of its size where there is that much: it is exchanged
        without a pause then.
        """
        config, need = self.config, report.need
        share = config.cache_share or SHARE
        if config.engine == "transformers":
            needed, free = self.memory_mib(report)
            return Room(needed < free if config.beside == "auto" else config.beside == "always", share)
        free = min(self.free_mib(), default=None)
        if free is None or need is None:
            # A shape that nobody knows: by the weights alone.
            fits = free is not None and free > report.weights_mib / config.tp * BESIDE_WEIGHTS + CONTEXT_MIB
            return Room(fits if config.beside == "auto" else config.beside == "always", share)
        if serving:
            fitting = need.on(free, share)
            beside = fitting is not None if config.beside == "auto" else config.beside == "always"
            return Room(beside, fitting.share if fitting else share)
        if config.cache_share or config.beside == "never":
            return Room(True, share)
        both = fits_beside(free, need, need, SHARE)
        alone = need.on(free, SHARE)
        return Room(True, both.first.share if both else alone.share if alone else SHARE)

    def memory_mib(self, report: Report) -> tuple[int, int]:
        """Main memory that the model of *report* takes on the CPU, about, and what is free of it."""
        return 2 * report.weights_mib + _WORK_MIB, psutil.virtual_memory().available // 2**20

    def free_mib(self) -> list[int]:
        """Of each GPU in use; empty when the driver does not say."""
        devices = [int(one) for one in self.config.device.split(",") if one.strip().isdecimal()]
        found = [free_memory_mib(number) for number in devices or range(self.config.tp)]
        return [one for one in found if one is not None]

    def check(self, folder: Path, *, alone: bool = False) -> Report:
        """What there is to say of the model; *alone*: nothing else of ours is on its GPUs, so that memory is judged.

        Raises:
            NotFit: it cannot be served here.
        """
        config = self.config
        try:
            report = inspect(
                folder,
                engine=config.engine,
                session_len=config.session_len,
                cache_share=config.cache_share or SHARE,
                kv_bits=config.kv_bits,
                tp=config.tp,
                max_batch=config.max_batch or engine_batch(next(iter(nvidia_gpus()), "")),
                free_mib=self.free_mib() if alone and config.engine == "turbomind" else (),
            )
        except BadModelFolder as error:
            raise NotFit(str(error)) from error
        if config.engine == "transformers" and report.quantisation in ("awq", "gptq"):
            raise NotFit("这是 4 比特的模型，只能用显卡和 turbomind 起服务；CPU 上请用量化以前的那个文件夹。")
        return report

    def connections(self, port: int) -> int | None:
        """How many clients are connected to *port*; ``None`` when the system does not say."""
        try:
            found = psutil.net_connections("tcp")
        except (psutil.Error, OSError):
            return None
        return sum(
            one.status == psutil.CONN_ESTABLISHED and bool(one.laddr) and one.laddr.port == port for one in found
        )

    def remove_scratch(self, name: str) -> None:
        """The link that the CPU's engine names its model by."""
        (self.home / _SCRATCH / name).unlink(missing_ok=True)


@cache
def _transformers_major(python: Path) -> int:
    """A trainer's environment has an older one, with another command."""
    words = "from importlib.metadata import version; print(version('transformers'))"
    try:
        told = subprocess.run([python, "-c", words], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
        return int(told.stdout.partition(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 5
