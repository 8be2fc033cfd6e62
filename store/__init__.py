"""The database (truth) and the cache (what may be lost)."""
