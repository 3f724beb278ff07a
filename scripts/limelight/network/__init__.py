"""From a checkpoint and a file to a network and what it sees: all of this decides results."""
