"""What the bot and the training process both put before people's eyes: typst templates, fonts, words on rounds."""
