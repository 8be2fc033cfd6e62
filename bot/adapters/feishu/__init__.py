"""Feishu: universal messages, rich text read apart. Its door loads plugins, the rest does without."""
