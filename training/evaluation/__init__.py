"""How good a served model is: our own fast scorer, its reports and their comparison."""
