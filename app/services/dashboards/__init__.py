"""What each dashboard reads."""
