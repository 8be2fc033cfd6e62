"""Measurements that need a GPU; each module says what it shows."""
