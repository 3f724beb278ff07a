"""How reliable are the explanations?"""
