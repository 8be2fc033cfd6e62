"""Reviewers decide, in chat, what becomes of corrections, conflicts of imports and doubtful answers."""
