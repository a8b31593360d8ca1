"""Infrastructure of all other folders: workers, shared memory, durable files, progress."""
