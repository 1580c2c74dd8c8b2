"""What can be saved of a damaged file."""

import zlib

GZIP = zlib.MAX_WBITS | 16
SMALL = 256  # bytes fed at a time to a damaged stream: at most what these decode to is lost before the damage


def decompressed(content: bytes, path: str) -> tuple[bytes, str | None]:
    """The readable bytes of a file (``.gz`` or plain), and what is wrong with the rest, or None.

    A damaged gzip file gives the bytes before the damage; several gzip members in one file are one text.
    """
    if not path.endswith(".gz"):
        return content, None
    readable, rest = b"", content
    while rest:
        text, rest, problem = _member(rest)
        readable += text
        if problem:
            return readable, problem
    return readable, None


def _member(content: bytes) -> tuple[bytes, bytes, str | None]:
    """The text of the first gzip member, the bytes after it, and what is wrong with it."""
    inflater = zlib.decompressobj(GZIP)
    try:
        text = inflater.decompress(content)
    except zlib.error as error:
        return _before_the_damage(content), b"", f"damaged gzip: {error}"
    return text, inflater.unused_data, None if inflater.eof else "truncated gzip: the file ends too early"


def _before_the_damage(content: bytes) -> bytes:
    inflater, text = zlib.decompressobj(GZIP), bytearray()
    try:
        for start in range(0, len(content), SMALL):
            text += inflater.decompress(content[start : start + SMALL])
    except zlib.error:
        pass  # the caller has the reason already
    return bytes(text)
