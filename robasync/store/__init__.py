"""What keeps answers: journal, session files, checkpoints. The only package that writes them."""
