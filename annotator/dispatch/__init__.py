"""Submission of a whole sample to a service that takes minutes to days: tickets, dispatchers, their registry."""
