"""Training rounds as people see them: words, model card, pictures; all from what the database keeps of them."""
