"""Why a round ends before its gate; every message is Chinese and names what to change.

RoundError
├── StepFailed      the step cannot be done as things are
├── Cancelled       somebody said so
└── Lost            another worker has the round by now
"""

from __future__ import annotations


class RoundError(Exception):
    """Base of this package's errors."""


class StepFailed(RoundError):
    pass


class Cancelled(RoundError):
    pass


class Lost(RoundError):
    pass
