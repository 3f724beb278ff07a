"""Mistakes of a user, each reported in one sentence."""

import difflib
from collections.abc import Iterable


class LimelightError(Exception):
    """A mistake of the user's; its text is one sentence: the file or key, what was found, what was expected."""


def nearest(word: str, words: Iterable[str], count: int = 5) -> str:
    """The `count` words most like `word`, joined by commas, for the end of an error."""
    words = list(dict.fromkeys(words))
    return ", ".join(difflib.get_close_matches(word, words, count, cutoff=0.0) or words[:count])


def first_line(error: BaseException) -> str:
    """The first line of what an error of a library says, without its full stop, to go into a sentence."""
    first = next((line.strip().rstrip(".;") for line in str(error).splitlines() if line.strip()), "no message")
    return shortened(first, 300)


def shortened(text: object, most: int = 100) -> str:
    """`text` to go into a sentence: one printable line of at most `most` characters, without its middle if need be."""
    text = str(text)
    half = most // 2
    if len(text) > most:
        text = f"{text[:half]} ... {text[-half:]}"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
