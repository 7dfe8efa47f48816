"""Options that several commands have: the settings file, a session, a time, what a backtest assumes."""
