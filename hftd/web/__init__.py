"""What shows a running daemon to others: processes of their own, which read its journal and ask over its socket."""
