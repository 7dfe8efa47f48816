"""What a session's journal proves: why an order left, and that live is replay."""
