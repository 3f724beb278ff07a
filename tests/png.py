"""PNG files that Pillow does not write."""

import struct
import zlib


def png(width: int, height: int, depth: int, colour: int, packed: bytes, transparent: bytes = b"") -> bytes:
    """A PNG of the header's numbers, its rows as zlib has `packed` them, and the transparent colour, if any."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))]
    parts += [(b"tRNS", transparent)] if transparent else []
    parts += [(b"IDAT", packed), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
