"""What may block, asked of another process: the account, the calendar, the time."""
