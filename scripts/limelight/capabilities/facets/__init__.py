"""What different inputs excite a filter?"""
