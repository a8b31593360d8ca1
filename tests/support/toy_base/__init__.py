"""A toy knowledge base, as a contributor would add one: this folder, and one line in the registry."""
