"""Whether a question that somebody asks is one that the bank answers, however it is worded."""
