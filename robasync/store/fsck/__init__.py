"""Looking a session through without changing a byte of it, and mending it into new files only."""
