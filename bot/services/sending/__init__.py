"""Proactive messages, which answer nobody: what a platform allows now, each sent once, and what became of it."""

from bot.services.sending.limits import Limits, SendingConfig
from bot.services.sending.outlet import Outlet, SendFailed
from bot.services.sending.planner import Planner
from bot.services.sending.post import Chat, Post, Receipt, Sender, State

__all__ = ["Chat", "Limits", "Outlet", "Planner", "Post", "Receipt", "SendFailed", "Sender", "SendingConfig", "State"]
