"""Discord: universal messages. Its door loads plugins, the rest does without."""
