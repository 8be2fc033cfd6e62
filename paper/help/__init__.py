"""What the bot can do, as a picture."""
