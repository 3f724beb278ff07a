"""Which different inputs excite a filter?"""

VARIANT = "facets"
"""Of the items: the ascents of a filter that are kept apart, not the one that ascends alone."""
