"""The benchmark: a workload made from nothing, this program and its peers in turns, and a check of what they wrote."""
