"""Questions from pictures: one worker process reads the text, rules put it back together."""
