"""The attribution methods, one file each, and the baselines that they are compared with."""
