"""How this machine serves a model folder: interpreter, ports, memory, log."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from pydantic import SecretStr

from inference.serving import engines, model_folder
from inference.serving.config import ServingConfig
from inference.serving.engines import Serving
from inference.serving.gpu import free_memory_mib
from inference.serving.log import ServingLog
from inference.serving.process import MARK, Launch, ServerProcess
from inference.serving.server import Patience
from training.releases.errors import NotFit

LOGS = Path("data/logs")
_SCRATCH = Path("data/serving")
_BESIDE_WEIGHTS = 1.3
"""A server's memory in weights, at the least: they themselves, a little cache and its work space."""
_SHARE = 0.8
"""Of what is free beside the weights, for a cache that need leave no room."""
_SMALLEST_SHARE = 0.05


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
        key = self.api_key.get_secret_value() if self.api_key else ""
        path = self.home / LOGS / f"serving-{name}.log"
        return ServingLog(path, secret=key, max_bytes=self.config.log_mb * 1_000_000, keep=self.config.log_keep)

    def launch(self, folder: Path, name: str, port: int, release: int, cache_share: float) -> Launch:
        """How the model in *folder* is served as *name*; the process is marked with its *release*."""
        config = self.config
        serving = Serving(folder, name, config.host, port)
        if config.engine == "transformers":
            found = engines.transformers(serving, self._python, scratch=self.home / _SCRATCH)
        else:
            fitted = config.model_copy(update={"cache_share": cache_share})
            found = engines.turbomind(serving, self._python, fitted, api_key=self.api_key)
        env = {**found.env, MARK: f"{self.mark}/{release}"}
        if config.device:
            # Numbered as nvidia-smi does it, whose free memory is what was looked at.
            env |= {"CUDA_VISIBLE_DEVICES": config.device, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
        return replace(found, env=env)

    @property
    def mark(self) -> str:
        return str(self.home.resolve())

    def running(self) -> dict[int, ServerProcess]:
        """Servers of releases that were left running here, by the release."""
        return {int(name): one for name, one in ServerProcess.marked(self.mark).items() if name.isdecimal()}

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

    def room(self, folder: Path, *, serving: bool) -> Room:
        """Whether *folder* can be served as well while another model serves, and how much cache it may take.

        A first model leaves room for a second one of its size where there is that much: it is exchanged
        without a pause then.
        """
        config = self.config
        share = config.cache_share
        if config.engine == "transformers":
            return Room(_fits_memory(folder) if config.beside == "auto" else config.beside == "always", _SHARE)
        free = self._free_mib()
        need = _weights_mib(folder) * _BESIDE_WEIGHTS / config.tp
        if free is None:
            return Room(config.beside == "always", share or _SHARE)
        if serving:
            beside = free > need if config.beside == "auto" else config.beside == "always"
            return Room(beside, share or _SHARE)
        if share or config.beside == "never" or free < 2 * need:
            return Room(True, share or _SHARE)
        left = free - need
        return Room(True, max(_SMALLEST_SHARE, (free / 2 - need) / left * _SHARE))

    def _free_mib(self) -> int | None:
        """Of the fullest GPU in use."""
        devices = [int(one) for one in self.config.device.split(",") if one.strip().isdecimal()]
        found = [free_memory_mib(number) for number in devices or range(self.config.tp)]
        known = [one for one in found if one is not None]
        return min(known) if known else None

    def check(self, folder: Path) -> None:
        """Raises NotFit: the model cannot be served here."""
        try:
            model_folder.check(folder)
        except model_folder.BadModelFolder as error:
            raise NotFit(str(error)) from error
        if self.config.engine == "transformers" and model_folder.quantisation(folder) in ("awq", "gptq"):
            raise NotFit("这是 4 比特的模型，只能用显卡和 turbomind 起服务；CPU 上请用量化以前的那个文件夹。")

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
        """What was made for serving *name*."""
        link = self.home / _SCRATCH / name
        if link.is_symlink():
            link.unlink()
        else:
            shutil.rmtree(link, ignore_errors=True)


def _weights_mib(folder: Path) -> float:
    files = (file for pattern in ("*.safetensors", "*.bin") for file in folder.glob(pattern))
    return sum(file.stat().st_size for file in files) / 2**20


def _fits_memory(folder: Path) -> bool:
    return psutil.virtual_memory().available / 2**20 > 2 * _weights_mib(folder) + 1024
