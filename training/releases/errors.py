"""Why a model does not serve; every message is Chinese and names what to change."""

from __future__ import annotations


class ReleaseError(Exception):
    """Base of this package's errors."""


class NotFit(ReleaseError):
    """The model cannot be served, or does not answer as it should."""


class AlreadyServing(ReleaseError):
    """Another keeper serves on this machine."""


class NothingServes(ReleaseError):
    """The model ended again and again, and there is none to go back to."""
