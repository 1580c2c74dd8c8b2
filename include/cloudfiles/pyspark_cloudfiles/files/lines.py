"""Bytes as they come to blocks of whole lines."""

from collections.abc import Iterable, Iterator

from .compression import DamageError

BOM = b"\xef\xbb\xbf"
MOST_LINES = 20_000  # in one block


def blocks_of(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines of a text, without their ends (``\\n``, ``\\r`` or ``\\r\\n``) and without a byte order mark.

    Raises DamageError behind the last whole line of a damaged text, with the fragment that follows it.
    """
    marked = True
    for text in _whole_lines(chunks):
        lines = (text.removeprefix(BOM) if marked else text).splitlines()
        marked = False
        for start in range(0, len(lines), MOST_LINES):
            yield lines[start : start + MOST_LINES]


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Texts that end where a line ends."""
    pending: list[bytes] = []  # begins a line that has no end yet
    try:
        for chunk in chunks:
            # A \r at the very end may be the first half of \r\n.
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, max(len(chunk) - 1, 0))) + 1
            if end:
                yield b"".join([*pending, chunk[:end]])
                pending = []
            pending.append(chunk[end:])
    except DamageError as damage:
        *whole, damage.fragment = b"".join(pending).splitlines() or [b""]
        yield from whole
        raise
    yield b"".join(pending)
