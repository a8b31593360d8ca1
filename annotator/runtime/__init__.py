"""What every part runs on: workers, shared memory, durable files, progress."""
