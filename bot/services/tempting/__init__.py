"""Why wrong options tempt: noticed from what members choose, proposed by the model, decided by reviewers."""
