"""How do filters, saliency maps and dreams change over training?"""
