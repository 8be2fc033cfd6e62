"""General ability that has nothing to do with 公考: the gate asks it to notice that a model forgets.

Written for this project, Apache-2.0. ``v1.jsonl`` holds an item a line::

    {"id": "lang-001", "area": "language", "side": "gate", "input": "…", "output": "…", "check": {"type": "one_of", …}}

area: language, arithmetic, instructions or safety. side: ``gate`` is asked of candidates and never trained on,
``replay`` may be mixed into training. ``output`` is a reply that passes; ``check`` says what else does, see
:mod:`training.guard.checks`. A version is never edited: changes make a new one.
"""

from training.guard.checks import passes
from training.guard.loading import BrokenGuardSet, GuardItem, load

__all__ = ["BrokenGuardSet", "GuardItem", "load", "passes"]
