"""Work on strangers' files in processes of their own: watched, limited, killed, and never in the bot's memory."""
