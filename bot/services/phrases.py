"""What means the same wherever it is said."""

from __future__ import annotations

import re

CANCEL = re.compile(r"^[/／]?\s*(?:取消|算了|不(?:了|要|用了?)?)[\s。.!！]*$")
"""No to what the bot just asked; of any talk, so it counts only where something was asked."""
