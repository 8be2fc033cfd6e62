"""The console adapter, made to come up after the services."""

from __future__ import annotations

from nonebot.adapters.console import Adapter as ConsoleAdapter
from typing_extensions import override


class Adapter(ConsoleAdapter):
    @override
    def setup(self) -> None:
        # Its account is connected as soon as the screen is there, and asks for the services.
        if not self.console_config.console_headless_mode:
            self.on_ready(self._start)
            self.driver.on_shutdown(self._shutdown)
