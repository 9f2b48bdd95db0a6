"""What keeps the booth standing: settings on disk, the operator's PIN, the supervisor, the log."""
