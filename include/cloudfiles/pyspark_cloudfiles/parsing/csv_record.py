"""One line of CSV as Spark's reader takes it apart: univocity with a quote, a backslash to escape it, and no comments.

A quote counts where a value begins with it. What follows a closing quote other than the separator makes the whole
value, quotes included, plain text up to the separator (univocity's STOP_AT_DELIMITER).
"""

QUOTE, ESCAPE = '"', "\\"
BLANK = " "  # it and all control characters below it
DONE = ""  # behind the last character


def split(line: str, separator: str) -> list[str]:
    """The values of one line, which is not empty; an open quote ends with the line."""
    if QUOTE not in line:
        return line.split(separator)
    values, place = [], 0
    while True:
        if line[place : place + 1] == QUOTE:
            value, place = _quoted(line, place + 1, separator)
        else:
            value, place = _until_separator(line, place, separator)
        values.append(value)
        if place >= len(line):
            return values
        place += 1


def header_names(values: list[str]) -> list[str]:
    """The columns that a header names, as Spark makes them safe: without a name `_c<position>`; of one that is there
    twice, in whatever case, each gets its position behind it."""
    lower = [value.lower() for value in values]
    return [
        f"_c{place}" if not value else f"{value}{place}" if lower.count(value.lower()) > 1 else value
        for place, value in enumerate(values)
    ]


def _until_separator(line: str, place: int, separator: str) -> tuple[str, int]:
    end = line.find(separator, place)
    end = len(line) if end < 0 else end
    return line[place:end], end


def _quoted(line: str, place: int, separator: str) -> tuple[str, int]:
    """A value behind its opening quote; and where it ends."""
    value, before = "", DONE
    while place < len(line):
        here = line[place]
        if before == QUOTE and (here <= BLANK or here == separator):
            return _closed(line, place, separator, value)
        if before == QUOTE and here not in (QUOTE, ESCAPE):
            return _plain_after_all(line, place, separator, value)
        if here not in (QUOTE, ESCAPE):
            value += ESCAPE if before == ESCAPE else ""
            end = _next_special(line, place)
            value, before, place = value + line[place:end], line[end : end + 1], end + 1
            continue
        if before == QUOTE and here == ESCAPE:
            more, place = _escape_behind_quote(line, place, separator)
            value, before = value + more, separator
        else:
            more, before = _special(before, here)
            value += more
        place += 1
    if value == "" and before == DONE:
        return QUOTE, len(line)  # nothing follows the opening quote
    return value, len(line)


def _next_special(line: str, place: int) -> int:
    found = [at for at in (line.find(QUOTE, place), line.find(ESCAPE, place)) if at >= 0]
    return min(found, default=len(line))


def _special(before: str, here: str) -> tuple[str, str]:
    """What a quote or a backslash adds to the value, and what it is for the next character."""
    if before == ESCAPE:
        return here, DONE  # an escaped quote or backslash
    if before == here == QUOTE:
        return QUOTE, QUOTE
    return "", here


def _closed(line: str, place: int, separator: str, value: str) -> tuple[str, int]:
    """Behind the closing quote only blanks may follow."""
    end = place
    while line[end : end + 1] != separator and end < len(line) and line[end] <= BLANK:
        end += 1
    if end == len(line) or line[end] == separator:
        return value, end
    value, stop = _plain_after_all(line, place, separator, value)
    if stop == len(line) and line[end] != QUOTE and line[end + 1 : end + 2] == QUOTE:
        value += QUOTE  # univocity takes the line's end for the end of a quoted value here
    return value, stop


def _escape_behind_quote(line: str, place: int, separator: str) -> tuple[str, int]:
    """What a closing quote and a backslash behind it add to the value; and the separator that ends it.

    Univocity calls itself for each further quote; of a backslash behind that one the call before goes on past the
    separator. A line may hold more of them than Python calls functions within each other, so they are counted.
    """
    value, before, waiting = QUOTE, line[place], 0
    while waiting or (place < len(line) and line[place] != separator):
        if place >= len(line) or line[place] == separator:
            before, place, waiting = separator, place + 1, waiting - 1
        elif before == QUOTE and line[place] != QUOTE:
            value, before, waiting = value + QUOTE, line[place], waiting + (line[place] == ESCAPE)
        else:
            here = line[place]
            more, before = _special(before, here) if here in (QUOTE, ESCAPE) else (here, here)
            value, place = value + more, place + 1
    return value, place


def _plain_after_all(line: str, place: int, separator: str, value: str) -> tuple[str, int]:
    rest, end = _until_separator(line, place, separator)
    return QUOTE + value + QUOTE + rest, end
