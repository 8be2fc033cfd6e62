"""Telegram: universal messages, and questions as polls of its own. Its door loads plugins, the rest does without."""
