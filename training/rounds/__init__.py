"""A training round: steps that read files, write files and leave a record, so that any of them can be resumed."""
