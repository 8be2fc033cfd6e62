"""A model folder in 4 bit (AWQ), made by LMDeploy in its own environment and served by its TurboMind engine."""
