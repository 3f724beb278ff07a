"""A study in a browser: static pages that open from disk, without a server and without a network connection.

Jobs make pictures and data in buckets, beside which lies what one image, one layer or 250 predictions are shown with:
a script that hands a JSON value over: a page opened from disk may not read files any other way. The pages name
nothing but these, so one image more makes one bucket again, and a page loads what it shows.
"""

SHELL_PAGES = ("index", "images", "image", "class", "layer", "compare", "provenance")
"""Pages that belong to no capability; each is the template of its name."""
