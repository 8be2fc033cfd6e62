"""What members prefer, for a training on preferences: battles that their votes decided, as versioned jsonl files."""
