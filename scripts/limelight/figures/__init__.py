"""How does it look? Draws arrays; computes no gradient and needs no PyTorch."""
