"""Says nothing of its modules."""
