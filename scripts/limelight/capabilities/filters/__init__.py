"""What do the filters of a layer respond to?"""
