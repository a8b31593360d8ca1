"""What a run did, told to people and programs."""
