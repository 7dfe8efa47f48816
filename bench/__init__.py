"""The benchmark: `make bench`. What the daemon itself adds, beside a bare socket and beside alpaca-py."""
