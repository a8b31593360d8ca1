"""Emulated services, on loopback, over real sockets."""
