"""Which way of gradient ascent excites filters most?"""
