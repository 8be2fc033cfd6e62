"""Training rounds: a process of its own that meets the bot only in the database. Comes with the rounds."""
