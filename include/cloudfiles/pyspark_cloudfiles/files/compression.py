"""The readable bytes of a file, plain or compressed, as they come; of a damaged one those before the damage.

What is compressed how is told by the end of the name, as in Spark.
"""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa

from .storage import StorageError

GZIP = zlib.MAX_WBITS | 16
CHUNK = 1 << 18
TEXT_CHUNK = 1 << 22
BY_ARROW = {".bz2": "bz2", ".zst": "zstd"}
REFUSED = (
    ".7z", ".br", ".deflate", ".lz", ".lz4", ".lzma", ".lzo", ".rar", ".snappy", ".tar", ".tgz", ".xz", ".z", ".zip",
)  # fmt: skip
EXPECTED = "plain text, .gz, .bz2 and .zst can be read"


class CompressionError(ValueError):
    """A file is compressed in a way that cannot be read here; the message names it."""


class DamageError(ValueError):
    """A file cannot be read to its end; `fragment` is the line that breaks off."""

    def __init__(self, problem: str, fragment: bytes = b"") -> None:
        super().__init__(problem)
        self.fragment = fragment


def check_compression(path: str) -> None:
    """Raise CompressionError for a file of lines whose name says a compression that cannot be read here."""
    name = path.rsplit("/", 1)[-1]
    for end in (".gz", *BY_ARROW):
        if name.lower().endswith(end) and not name.endswith(end):
            raise CompressionError(
                f"{path}: Spark takes {name[-len(end) :]} for plain text; rename it to {end}"
            )
    for end in REFUSED:
        if name.lower().endswith(end):
            raise CompressionError(f"{path}: files that end with {end} are not supported; {EXPECTED}")


def readable(content: BinaryIO, path: str) -> Iterator[bytes]:
    """The bytes of a file. Raises DamageError behind the last one that can be read."""
    if path.endswith(".gz"):
        yield from _gzip(_chunks(content, CHUNK))
    elif end := next((end for end in BY_ARROW if path.endswith(end)), None):
        yield from _by_arrow(content, BY_ARROW[end])
    else:
        yield from _chunks(content, TEXT_CHUNK)


def _chunks(content: BinaryIO, size: int) -> Iterator[bytes]:
    while chunk := content.read(size):
        yield chunk


def _by_arrow(content: BinaryIO, codec: str) -> Iterator[bytes]:
    try:
        with pa.CompressedInputStream(pa.PythonFile(content, mode="r"), codec) as stream:
            while text := stream.read(CHUNK):
                yield text
    except StorageError:
        raise  # the way to the file is broken, not the file
    except (pa.ArrowException, OSError) as error:
        raise DamageError(f"damaged {codec}: {error}") from error


def _gzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    inflater, size, begun = zlib.decompressobj(GZIP), 0, False
    for chunk in chunks:
        size += len(chunk)
        while chunk:
            before, begun = inflater.copy(), True
            try:
                text = inflater.decompress(chunk)
            except zlib.error as error:
                yield _byte_by_byte(before, chunk)
                size += sum(map(len, chunks))
                raise DamageError(f"damaged gzip: {error}; {size} bytes in all") from error
            yield text
            chunk = b""
            if inflater.eof:
                chunk = inflater.unused_data.lstrip(b"\0")  # padding, which gzip itself ignores too
                inflater, begun = zlib.decompressobj(GZIP), False
    if begun:
        raise DamageError(f"truncated gzip: the file ends too early; {size} bytes in all")


def _byte_by_byte(inflater: "zlib._Decompress", chunk: bytes) -> bytes:
    text = bytearray()
    try:
        for position in range(len(chunk)):
            text += inflater.decompress(chunk[position : position + 1])
    except zlib.error:
        pass  # the caller has the reason already
    return bytes(text)
