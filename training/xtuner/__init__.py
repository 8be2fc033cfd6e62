"""XTuner 0.2.0 as a tool: its config written out, its commands run, its progress and its failures read."""
