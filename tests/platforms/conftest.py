"""What the members of all platforms ask."""

from tests.e2e.conftest import starter_items

__all__ = ["starter_items"]
