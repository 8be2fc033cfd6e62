"""The ``[platforms]`` table of ``bot.toml``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from settings import SettingsError, Table, secret

Name = Literal["onebot11", "qq", "satori", "console", "telegram", "discord", "feishu"]


class QqConfig(Table):
    """``[platforms.qq]``: a bot of QQ's own open platform."""

    app_id: str = ""
    """AppID of the bot; its AppSecret is ``GONGKAO_QQ_SECRET``."""
    webhook: bool = False
    """Events come as requests to ``/qq/webhook`` instead of over a WebSocket that the bot opens."""
    links: bool = False
    """Let addresses through; the platform refuses every message with one that is not registered with it."""
    api_base: str = "https://api.bot.qq.com/"
    """Where the platform is called; another one for its sandbox or for a proxy."""
    auth_base: str = "https://api.bot.qq.com/app/getAppAccessToken"
    """Where tokens come from, whole address."""

    def options(self) -> dict[str, Any]:
        """As ``nonebot.init`` takes them.

        Raises:
            SettingsError: AppID or AppSecret is missing.
        """
        key = secret("GONGKAO_QQ_SECRET")
        if not self.app_id or key is None:
            raise SettingsError("开了 qq，还缺 [platforms.qq] 的 app_id，或者 .env 里的 GONGKAO_QQ_SECRET。")
        intent = {
            "c2c_group_at_messages": True,
            "interaction": True,
            # Guilds are another product; asking for what a bot was not granted ends the connection.
            "guilds": False,
            "guild_members": False,
            "guild_message_reactions": False,
            "at_messages": False,
            "message_audit": False,
        }
        return {
            "qq_bots": [
                {
                    "id": self.app_id,
                    "secret": key.get_secret_value(),
                    "intent": intent,
                    "use_websocket": not self.webhook,
                }
            ],
            "qq_api_base": self.api_base,
            "qq_auth_base": self.auth_base,
            "qq_verify_webhook": True,
            "qq_links": self.links,
        }


class SatoriConfig(Table):
    """``[platforms.satori]``: a Satori server, such as Koishi's; its token is ``GONGKAO_SATORI_TOKEN``."""

    host: str = "127.0.0.1"
    port: int = Field(default=5140, ge=1, le=65535)
    path: str = "/satori"
    """Path of the server, without the version."""

    def options(self) -> dict[str, Any]:
        """As ``nonebot.init`` takes them."""
        token = secret("GONGKAO_SATORI_TOKEN")
        client = {"host": self.host, "port": self.port, "path": self.path}
        return {"satori_clients": [{**client, **({"token": token.get_secret_value()} if token else {})}]}


class PlatformsConfig(Table):
    enabled: tuple[Name, ...] = ("onebot11",)
    """Platforms that the bot is on; what they need besides OneBot is installed by ``make platforms``."""
    qq: QqConfig = QqConfig()
    satori: SatoriConfig = SatoriConfig()
