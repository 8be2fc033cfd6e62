"""Why a step of XTuner gives no result; every message is Chinese and names what to change.

XtunerError
├── NotReady      found before anything was started: base, data, settings or environment
├── StepBroken    it ran and failed; ``failure.kind`` says of what
└── Cancelled     somebody said so
"""

from __future__ import annotations

from training.xtuner.failures import Failure


class XtunerError(Exception):
    """Base of this package's errors."""


class NotReady(XtunerError):
    pass


class StepBroken(XtunerError):
    def __init__(self, failure: Failure, log: str) -> None:
        """*log* is where the whole story is."""
        super().__init__(f"{failure}（日志：{log}）")
        self.failure = failure


class Cancelled(XtunerError):
    pass
