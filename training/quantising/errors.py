"""Why a model was not quantised; every message is Chinese and names what to change.

QuantisingError
├── NotReady      found before anything was started: model, questions, disk or environment
├── Broken        LMDeploy ran and failed; ``failure.kind`` says of what
└── Cancelled     somebody said so
"""

from __future__ import annotations

from training.quantising.failures import Failure


class QuantisingError(Exception):
    """Base of this package's errors."""


class NotReady(QuantisingError):
    pass


class Broken(QuantisingError):
    def __init__(self, failure: Failure, log: str) -> None:
        """*log* is where the whole story is."""
        super().__init__(f"{failure.words}（日志：{log}）")
        self.failure = failure


class Cancelled(QuantisingError):
    pass
