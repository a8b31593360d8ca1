"""Sources: ways to query a knowledge base."""
