"""Why the referee gives no scores; every message is Chinese and names what to change.

RefereeError
├── NotReady        the environment, the model folder or the settings are not what a run needs
├── BadSet          a set of questions cannot be read
├── ServerDown      the model server does not answer, or stopped to
├── TookTooLong     it ran past its limit, or nothing moved any more
├── Cancelled       somebody said so
└── MissingScores   it ended without the scores of some sets, whatever its exit code
"""

from __future__ import annotations

from collections.abc import Mapping


class RefereeError(Exception):
    """Base of this package's errors."""


class NotReady(RefereeError):
    pass


class BadSet(RefereeError):
    pass


class ServerDown(RefereeError):
    pass


class TookTooLong(RefereeError):
    pass


class Cancelled(RefereeError):
    pass


class MissingScores(RefereeError):
    def __init__(self, reasons: Mapping[str, str], advice: str = "") -> None:
        """*reasons* says in Chinese, by the set's name, why there is no score."""
        told = "；".join(f"{name}：{reason}" for name, reason in reasons.items())
        super().__init__(f"OpenCompass 没有给出这些题集的成绩：{told}。{advice}")
        self.reasons = dict(reasons)
