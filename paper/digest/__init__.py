"""The questions of a day, and how they were answered, as pictures."""
