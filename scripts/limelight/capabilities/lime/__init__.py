"""Which regions support and oppose a class?"""
