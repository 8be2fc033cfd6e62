"""Questions that nobody can answer, so that a model learns, and has to show, that it says so.

Written for this project, Apache-2.0. ``v1.jsonl`` holds a question a line::

    {"id": "ref-001", "side": "gate", "kind": "invented", "input": "…"}

side: ``gate`` is asked of candidates and never trained on, ``replay`` may be trained on. kind: ``invented`` (people,
laws, places, works that do not exist), ``future``, ``private`` (of people nobody knows) or ``premise`` (it asks about
what cannot have been). A version is never edited: changes make a new one.
"""

from training.refusals.declining import declines
from training.refusals.loading import BrokenRefusalSet, Refusal, load

__all__ = ["BrokenRefusalSet", "Refusal", "declines", "load"]
