"""Handing a whole sample to a service that answers in minutes to days: tickets, dispatchers, their registry."""
