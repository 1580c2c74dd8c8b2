"""The statements of a `%sql` cell."""

from collections.abc import Iterable

from ..sql.text.tokens import Token, tokens


def split(sql: str) -> list[str]:
    """The statements between semicolons, without those that are only comments.

    A script (``BEGIN ... END``) is one statement, as its semicolons are its own.
    """
    statements: list[list[Token]] = [[]]
    is_script = next((token.text.upper() for token in tokens(sql) if _says(token)), "") == "BEGIN"
    for token in tokens(sql):
        if token.text == ";" and not is_script:
            statements.append([])
        else:
            statements[-1].append(token)
    return ["".join(t.text for t in one).strip() for one in statements if _any_says(one)]


def _any_says(statement: Iterable[Token]) -> bool:
    return any(_says(token) for token in statement)


def _says(token: Token) -> bool:
    return token.kind not in ("space", "comment")
