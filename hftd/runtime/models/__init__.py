"""Models come, change and go while the daemon trades."""
