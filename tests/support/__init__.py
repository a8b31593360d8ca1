"""What several tests share: inputs, snapshots, releases, servers that are started, and ways to run the program."""
