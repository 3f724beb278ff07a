"""Which image does the network respond to most for each class?"""
