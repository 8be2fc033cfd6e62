"""The command lines that engines are started with."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from inference.serving import engines
from inference.serving.config import ServingConfig
from inference.serving.engines import Serving
from inference.serving.process import Launch

PYTHON = Path(sys.executable)


def test_turbomind_is_asked_for_everything_by_name():
    serving = Serving(Path("/models/q"), "gongkao", "127.0.0.1", 23333, ("--quant-policy", "8"))
    config = ServingConfig(session_len=4096, tp=2, kv_bits=4, cache_share=0.5, dtype="float16", max_batch=64)
    launch = engines.turbomind(serving, Path("/env/bin/python"), config)
    assert launch.command[:2] == ("/env/bin/python", "-c")
    assert " ".join(launch.command[3:]) == (
        "serve api_server /models/q --backend turbomind"
        " --session-len 4096 --tp 2 --enable-abort-handling --dtype float16 --quant-policy 4"
        " --max-batch-size 64 --cache-max-entry-count 0.5 --enable-prefix-caching --quant-policy 8"
        " --server-name 127.0.0.1 --server-port 23333 --model-name gongkao"
    )
    assert launch.url == "http://127.0.0.1:23333"


def test_the_cache_share_is_read_back_from_a_command():
    launch = engines.turbomind(Serving(Path("/m"), "m", extra=("--foo",)), PYTHON, ServingConfig(cache_share=0.36))
    assert engines.cache_share(launch.command) == 0.36
    assert engines.cache_share(("python", "serve", "--cache-max-entry-count")) is None
    assert engines.cache_share(("python", "--cache-max-entry-count", "much")) is None
    assert engines.cache_share(()) is None


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"quantization_config": {"quant_method": "awq"}}, ["--model-format", "awq"]),
        ({"quantization_config": {"quant_method": "gptq"}}, ["--model-format", "gptq"]),
        # LMDeploy finds out itself, or says that it cannot.
        ({"quantization_config": {"quant_method": "bitsandbytes"}}, []),
        ({"quantization_config": None}, []),
        ({}, []),
    ],
)
def test_turbomind_is_told_of_weights_in_4_bit(tmp_path: Path, config: dict, words: list[str]):
    (tmp_path / "config.json").write_text(json.dumps(config))
    command = list(engines.turbomind(Serving(tmp_path, "m"), PYTHON).command)
    at = command.index("--enable-prefix-caching") + 1
    assert command[at : command.index("--server-name")] == words


@pytest.fixture
def lmdeploy(tmp_path: Path) -> Path:
    """Where a package of that name lies whose command tells what it was started with."""
    for name in ("cli", "serve/openai/api_server"):
        (tmp_path / "lmdeploy" / name).mkdir(parents=True)
    (tmp_path / "lmdeploy/cli/__init__.py").write_text(
        "def run():\n"
        "    import gc, os, sys\n"
        "    loaded = 'lmdeploy.serve.openai.api_server' in sys.modules\n"
        "    print(sys.argv, os.environ.get('GONGKAO_MODEL_API_KEY'), loaded, gc.get_freeze_count() > 1000)\n"
    )
    return tmp_path


def test_the_key_reaches_lmdeploy_but_not_the_process_list(lmdeploy: Path):
    launch = engines.turbomind(Serving(Path("/m"), "m"), PYTHON, api_key=SecretStr("hunter2"))
    assert "hunter2" not in " ".join(launch.command)
    output = told_by(launch, lmdeploy)
    assert output.startswith("['lmdeploy', 'serve', 'api_server', '/m',")
    assert output.endswith("'--api-keys', 'hunter2'] None True True\n")


def test_what_lmdeploy_imports_is_never_looked_through_for_garbage(lmdeploy: Path):
    output = told_by(engines.turbomind(Serving(Path("/m"), "m"), PYTHON), lmdeploy)
    assert output.startswith("['lmdeploy', 'serve', 'api_server', '/m',")
    assert output.endswith("'--model-name', 'm'] None True True\n")


def told_by(launch: Launch, lmdeploy: Path) -> str:
    env = {**launch.env, "PYTHONPATH": str(lmdeploy)}
    return subprocess.run(launch.command, env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:1"), ("::", "http://[::1]:1"), ("192.0.2.7", "http://192.0.2.7:1")],
)
def test_an_open_address_is_reached_over_loopback(host: str, url: str):
    assert Serving(Path("/m"), "m", host, 1).url == url


def test_transformers_serves_the_folder_under_the_wanted_name(tmp_path: Path):
    model = tmp_path / "some-model-v2"
    model.mkdir()
    for _ in range(2):
        launch = engines.transformers(Serving(model, "gongkao"), PYTHON, scratch=tmp_path / "scratch")
    assert launch.cwd
    assert (launch.cwd / "gongkao").resolve() == model
    assert launch.command[1:5] == ("-m", "transformers.cli.transformers", "serve", "gongkao")
    assert Path(launch.env["HF_HUB_CACHE"]).is_dir()


@pytest.mark.parametrize("engine", [engines.transformers, engines.transformers_4])
def test_no_further_argument_moves_the_address_or_the_model(tmp_path: Path, engine: Callable[..., Launch]):
    given = ("--host", "0.0.0.0", "--port", "1", "--force-model", "other")
    serving = Serving(tmp_path, "gongkao", "127.0.0.1", 23333, given)
    command = engine(serving, PYTHON, scratch=tmp_path / "scratch").command
    # The last one counts.
    last = {name: value for name, value in pairwise(command) if name.startswith("--")}
    assert (last["--host"], last["--port"]) == ("127.0.0.1", "23333")
    if engine is engines.transformers_4:
        assert last["--force-model"] == str(tmp_path)
