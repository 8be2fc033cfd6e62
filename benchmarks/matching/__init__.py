"""How well the bank is found: rewordings that it must answer, near misses that it must not."""
