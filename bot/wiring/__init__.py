"""The one place where objects are built, area by area."""

from bot.wiring.services import Services, open_services

__all__ = ["Services", "open_services"]
