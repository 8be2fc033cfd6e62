"""Chat platforms: how an event becomes an ``Incoming`` and a sentence becomes a message."""
