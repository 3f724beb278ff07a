"""How images and filters are distributed over jobs."""

from collections.abc import Iterable

from limelight.study.digests import digest

ALONE = "one."
"""How the names of buckets begin that no list has: any image may be asked for by the path of its figure."""


def buckets(ids: Iterable[str], size: int) -> dict[str, tuple[str, ...]]:
    """Partition `ids` into buckets of at most `size`, so that one id more or less changes one bucket.

    A bucket is named after the leading bits that the digests of its ids share, as in extendible hashing (Fagin et al.,
    1979): a full bucket splits in two and leaves every other as it was. Ids keep their order within a bucket.
    """
    ids = list(ids)
    bits = {name: format(int(digest(name)[:16], 16), "064b") for name in ids}

    def split(members: list[str], prefix: str) -> dict[str, tuple[str, ...]]:
        if not members:
            return {}
        if len(members) <= size or len(prefix) == 64:
            return {f"b{prefix}": tuple(members)}
        partition: dict[str, tuple[str, ...]] = {}
        for bit in "01":
            half = [name for name in members if bits[name][len(prefix)] == bit]
            partition |= split(half, prefix + bit)
        return partition

    return split(ids, "")


def share(count: int, most: int, part: int, parts: int) -> range:
    """The filters of job `part` of `parts` of a layer that has `count`, of which the first `most` are wanted.

    How many a layer has is not known before its network has been loaded, so the number of jobs derives from `most`.

    >>> share(10, 8, 1, 3)
    range(2, 5)
    """
    total = min(count, most)
    return range(total * part // parts, total * (part + 1) // parts)
