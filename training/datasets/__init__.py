"""Training sets: versioned, reproducible jsonl files made of the bank and of approved corrections."""
