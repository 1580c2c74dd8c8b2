"""What can be saved of a damaged file."""

import zlib

GZIP = zlib.MAX_WBITS | 16
CHUNK = 1 << 16


def decompressed(content: bytes, path: str) -> tuple[bytes, str | None]:
    """The readable bytes of a file (``.gz`` or plain), and what is wrong with the rest, or None.

    A damaged gzip file gives every byte before the damage; several gzip members in one file are one text.
    """
    if not path.endswith(".gz"):
        return content, None
    readable, rest = bytearray(), content
    while rest:
        text, left, problem = _member(rest)
        readable += text
        if problem:
            return bytes(readable), f"{problem}; {len(content)} bytes in all"
        rest = left.lstrip(b"\0")  # padding, which gzip itself ignores too
    return bytes(readable), None


def _member(content: bytes) -> tuple[bytes, bytes, str | None]:
    """The text of the first gzip member, the bytes after it, and what is wrong with it."""
    inflater = zlib.decompressobj(GZIP)
    try:
        text = inflater.decompress(content)
    except zlib.error as error:
        return _before_the_damage(content), b"", f"damaged gzip: {error}"
    return text, inflater.unused_data, None if inflater.eof else "truncated gzip: the file ends too early"


def _before_the_damage(content: bytes) -> bytes:
    """Chunk by chunk, and byte by byte through the chunk that fails."""
    inflater, text, start = zlib.decompressobj(GZIP), bytearray(), 0
    while start < len(content):
        before = inflater.copy()
        try:
            text += inflater.decompress(content[start : start + CHUNK])
        except zlib.error:
            return bytes(text) + _byte_by_byte(before, content[start : start + CHUNK])
        start += CHUNK
    return bytes(text)


def _byte_by_byte(inflater: "zlib._Decompress", chunk: bytes) -> bytes:
    text = bytearray()
    try:
        for position in range(len(chunk)):
            text += inflater.decompress(chunk[position : position + 1])
    except zlib.error:
        pass  # the caller has the reason already
    return bytes(text)
