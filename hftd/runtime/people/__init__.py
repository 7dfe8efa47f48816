"""What people and systemd are told, and what they may ask and say."""
