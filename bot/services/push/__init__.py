"""The daily practice: who wants it when, and that it comes once a day or has a reason why not."""
