"""Nobody but this machine reaches the bot unless its tokens are set."""

import asyncio
import os
import subprocess
import sys

import pytest

from bot.exposure import check_exposure, is_loopback
from settings import SettingsError
from tests.peer import free_port


@pytest.mark.parametrize("host", ["127.0.0.1", "127.5.5.5", "::1", "localhost"])
def test_loopback_needs_nothing(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ONEBOT_ACCESS_TOKEN", raising=False)
    assert is_loopback(host)
    check_exposure(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.test"])
def test_others_need_both_tokens(host: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GONGKAO_WEB_TOKEN", raising=False)
    monkeypatch.setenv("ONEBOT_ACCESS_TOKEN", "a")
    with pytest.raises(SettingsError, match="GONGKAO_WEB_TOKEN"):
        check_exposure(host)
    monkeypatch.setenv("GONGKAO_WEB_TOKEN", "b")
    check_exposure(host)


@pytest.mark.slow
async def test_the_command_refuses_with_a_sentence(tmp_path):
    for text, sentence in (
        (f'host = "0.0.0.0"\nport = {free_port()}', "ONEBOT_ACCESS_TOKEN"),
        ("prot = 1", "是不是想写 port"),
    ):
        (tmp_path / "bot.toml").write_text(f"[bot]\n{text}\n", encoding="utf-8")
        env = {k: v for k, v in os.environ.items() if not k.startswith(("GONGKAO_", "ONEBOT_"))}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", "run", cwd=tmp_path, env=env, stderr=subprocess.PIPE
        )
        _, errors = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 1
        assert sentence in errors.decode()
        assert "Traceback" not in errors.decode()
