"""Whether a candidate may replace the serving model, line by line."""
