"""What can go wrong with an evaluation; every message is Chinese and names what to do.

EvaluationError
├── ServerFailed       nobody answers, or too many prompts failed for the figures to mean anything
├── BadSet             a file with questions is missing or cannot be read
├── NoReport           a folder holds no finished report
└── DifferentPrompts   two reports are not about the same prompts
"""

from __future__ import annotations


class EvaluationError(Exception):
    """Base of this package's errors."""


class ServerFailed(EvaluationError):
    pass


class BadSet(EvaluationError):
    pass


class NoReport(EvaluationError):
    pass


class DifferentPrompts(EvaluationError):
    pass
