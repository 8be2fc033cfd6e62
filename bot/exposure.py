"""Who can reach an address, and what must be set before others than this machine may."""

from __future__ import annotations

from settings import SettingsError, is_loopback, secret


def check_exposure(host: str) -> None:
    """Refuse to listen beyond this machine without the tokens that keep strangers out.

    Raises:
        SettingsError: *host* is not loopback and a token is missing.
    """
    if is_loopback(host):
        return
    missing = [name for name in ("ONEBOT_ACCESS_TOKEN", "GONGKAO_WEB_TOKEN") if secret(name) is None]
    if missing:
        raise SettingsError(
            f"要监听 {host}（本机以外也能连），必须先在环境变量或 .env 里设置 {' 和 '.join(missing)}。"
            "\n只在本机用的话，把 bot.toml 里 [bot] 的 host 改回 127.0.0.1。"
        )
