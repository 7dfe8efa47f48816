"""The daemon around the engine: loop, sockets, journal, back office, control socket, systemd."""
