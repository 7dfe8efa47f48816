"""Talking to the daemon that runs: a question, an operator's word, what is waited for; stopping one that is silent."""
