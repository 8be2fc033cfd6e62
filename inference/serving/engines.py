"""The command that serves a model folder, one function per engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from inference.serving import model_folder
from inference.serving.config import ServingConfig
from inference.serving.process import Launch

# What was imported stays: looking through it for garbage again and again stops the server for 0.35 s each time.
_LMDEPLOY = (
    "import gc, os, sys; sys.argv[0] = 'lmdeploy'; from lmdeploy.cli import run; "
    "import lmdeploy.serve.openai.api_server; gc.freeze(); {}run()"
)
# LMDeploy takes keys on its command line only, which every user of the machine
# can read in the process list; an environment is its owner's.
_WITH_KEY = "sys.argv += ['--api-keys', os.environ.pop('GONGKAO_MODEL_API_KEY')]; "
_TRANSFORMERS_4 = Path(__file__).with_name("gongkao_serve.py")
_CACHE_SHARE = "--cache-max-entry-count"
_FORMATS = ("awq", "gptq")
"""Of quantised weights, by the name that config.json and LMDeploy share; it finds out others itself."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What to serve, and where."""

    folder: Path
    """Hugging Face model folder, absolute."""
    name: str
    """Model name in requests; no slash."""
    host: str = "127.0.0.1"
    port: int = 23333
    extra: tuple[str, ...] = ()
    """Passed to the engine unchanged; address and name of the server cannot be changed by them."""

    @property
    def url(self) -> str:
        """Where this machine reaches the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def turbomind(
    serving: Serving, python: Path, config: ServingConfig | None = None, *, api_key: SecretStr | None = None
) -> Launch:
    """LMDeploy's OpenAI server on its TurboMind engine; the folder tells whether its weights are in 4 bit.

    The key is handed over in the environment.
    """
    config = config or ServingConfig()
    command = (
        *(str(python), "-c", _LMDEPLOY.format(_WITH_KEY if api_key else "")),
        *("serve", "api_server", str(serving.folder), "--backend", "turbomind"),
        *("--session-len", str(config.session_len), "--tp", str(config.tp), "--enable-abort-handling"),
        *("--dtype", config.dtype, "--quant-policy", str(config.kv_bits)),
        *(("--max-batch-size", str(config.max_batch)) if config.max_batch else ()),
        *(_CACHE_SHARE, f"{config.cache_share or 0.8:.3g}"),
        *(("--enable-prefix-caching",) if config.prefix_caching else ()),
        *(("--model-format", form) if (form := model_folder.quantisation(serving.folder)) in _FORMATS else ()),
        *serving.extra,
        # Last, so that no extra argument opens the server to others unseen.
        *("--server-name", serving.host, "--server-port", str(serving.port), "--model-name", serving.name),
    )
    env = {"PYTHONSAFEPATH": "1", **({"GONGKAO_MODEL_API_KEY": api_key.get_secret_value()} if api_key else {})}
    return Launch(command, serving.url, env=env, api_key=api_key, model=serving.name)


def cache_share(command: Sequence[str]) -> float | None:
    """The share that :func:`turbomind` wrote into *command*; ``None`` when it did not write it."""
    try:
        # The first one: a further argument may say another, and is added again at every start.
        return float(command[command.index(_CACHE_SHARE) + 1])
    except (ValueError, IndexError):
        return None


def transformers(serving: Serving, python: Path, *, scratch: Path) -> Launch:
    """Transformers' OpenAI server on the CPU: one request at a time, no keys, no token probabilities.

    It names a model by the path it was given, so the folder is linked as
    ``scratch/NAME`` and served from there.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    # Its list of models fails when there is no hub cache at all.
    hub = scratch / ".hub"
    hub.mkdir(exist_ok=True)
    link = scratch / serving.name
    link.unlink(missing_ok=True)
    link.symlink_to(serving.folder, target_is_directory=True)
    command = (
        *(str(python), "-m", "transformers.cli.transformers", "serve", serving.name, "--device", "cpu"),
        *serving.extra,
        *("--host", serving.host, "--port", str(serving.port)),
    )
    env = {"PYTHONSAFEPATH": "1", "HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(hub)}
    return Launch(command, serving.url, env=env, cwd=scratch, model=serving.name)


def transformers_4(serving: Serving, python: Path, *, scratch: Path) -> Launch:
    """As :func:`transformers`, by version 4.57, which trainers have."""
    hub = scratch / ".hub"
    hub.mkdir(parents=True, exist_ok=True)
    command = (
        *(str(python), str(_TRANSFORMERS_4), serving.name, "serve", "--device", "cpu"),
        *serving.extra,
        *("--force-model", str(serving.folder), "--host", serving.host, "--port", str(serving.port)),
    )
    env = {"PYTHONSAFEPATH": "1", "HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(hub), "PYTHONWARNINGS": "ignore"}
    return Launch(command, serving.url, env=env, cwd=scratch, model=serving.name)
