"""出题: questions of the bank, asked in a chat and judged there."""
