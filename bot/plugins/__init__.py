"""What a member sees: one folder a feature, commands and wording, no business rules."""
