"""SQL text as tokens, so that rewriting never touches a string or a comment."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A raw string knows no escapes: r'\' is a whole one. Block comments nest, so their end is looked for by hand.
_TOKEN = re.compile(
    r"""(?P<comment>/\*|--[^\n]*)
      | (?P<string>[rR]'[^']*'|[rR]"[^"]*"|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<quoted>`(?:[^`]|``)*`)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<number>\d[\w.]*)
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.S | re.X,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


@dataclass(frozen=True)
class Token:
    """A piece of SQL: `kind` is comment, string, quoted, word, number, space or other."""

    kind: str
    text: str

    @property
    def name(self) -> str | None:
        """The identifier it is, in lower case and without backticks; None for anything else."""
        if self.kind == "quoted":
            return self.text[1:-1].replace("``", "`").lower()
        return self.text.lower() if self.kind == "word" else None


def tokens(sql: str) -> Iterator[Token]:
    """All of `sql`, in order: joining the texts gives it back."""
    position = 0
    while match := _TOKEN.match(sql, position):
        end = _comment_end(sql, position) if match.group() == "/*" else match.end()
        yield Token(match.lastgroup or "other", sql[position:end])
        position = end


def _comment_end(sql: str, start: int) -> int:
    """Where the block comment that opens at `start` closes; the end of the text when it never does."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, start):
        depth += 1 if edge.group() == "/*" else -1
        if not depth:
            return edge.end()
    return len(sql)


def without_comments(sql: str) -> str:
    """`sql` without comments and without a semicolon at its end, ready for matching."""
    parts = (" " if token.kind == "comment" else token.text for token in tokens(sql))
    return "".join(parts).strip().rstrip(";").strip()


def without_strings(sql: str) -> str:
    """`sql` as :func:`without_comments` gives it, with every string empty: what is left is said, not quoted."""
    return "".join("''" if token.kind == "string" else token.text for token in tokens(without_comments(sql)))
