"""Quizzes and boards as pictures."""
