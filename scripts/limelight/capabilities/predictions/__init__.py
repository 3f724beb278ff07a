"""What does the network say, where is it wrong?"""
