"""What does the network predict, where is it wrong?"""
