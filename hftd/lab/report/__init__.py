"""What a backtest earned, and how: for a terminal, for a program, for a browser."""
