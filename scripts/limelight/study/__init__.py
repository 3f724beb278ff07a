"""What a study is: settings, image set, buckets, checks, costs, GPUs. Standard library (and YAML) only."""
