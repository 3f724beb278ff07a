"""Messages of image decoders about files that they can read nevertheless, logged with the name of the file.

Python's warnings do not name it, and libtiff, the only library behind Pillow that prints, writes to stderr.
"""

import ctypes
import logging
import warnings

from PIL import _imaging

from limelight.network.decoding import decoding

log = logging.getLogger(__name__)


def name_decoded_files() -> None:
    """Log these messages, from now on, with the file that their thread is decoding."""
    warnings.filterwarnings("always", module=r"PIL\.")
    logging.getLogger("py.warnings").addFilter(_with_file)
    pillow = ctypes.CDLL(_imaging.__file__)
    for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
        if hasattr(pillow, name):  # else Pillow was built without libtiff
            getattr(pillow, name)(_libtiff)


def _with_file(record: logging.LogRecord) -> bool:
    if file := decoding.get():
        record.msg, record.args = "%s: %s", (file, _one_line(record.getMessage()))
    return True


def _log_libtiff(module: bytes | None, form: bytes, arguments: int) -> None:
    text = ctypes.create_string_buffer(500)
    # The arguments are a va_list, which all platforms of Linux and macOS pass as one pointer.
    ctypes.CDLL(None).vsnprintf(text, len(text), form, ctypes.c_void_p(arguments))
    log.warning("%s: libtiff: %s", decoding.get(), _one_line(text.value.decode(errors="replace")))


# Kept for as long as the library may call it.
_libtiff = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)(_log_libtiff)


def _one_line(text: str) -> str:
    return " ".join(text.split())
