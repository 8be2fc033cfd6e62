"""What a member has practised, what comes again and when."""
