"""Which regions support or contradict a class?"""
