"""What a study is: settings, image set, shards, targets, costs, GPUs. Standard library (and YAML) only."""
