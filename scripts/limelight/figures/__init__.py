"""Drawing of arrays as figures; computes no gradient and needs no PyTorch."""
