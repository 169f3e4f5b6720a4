"""What a running process needs around the work: signals, logs, progress."""
