"""Ways to ask a knowledge base."""
