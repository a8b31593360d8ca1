"""The network's part of a run; loaded only where a run asks over the network."""
