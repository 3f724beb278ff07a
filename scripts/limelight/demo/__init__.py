"""The embedded data set, drawn with known object masks, and the small network trained on it."""
