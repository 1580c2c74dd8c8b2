"""Dates and moments as Spark casts text to them, as numbers: days and microseconds since 1970, UTC.

The rules are those of Spark 4.2: `SparkDateTimeUtils.stringToDate` and `parseTimestampString`. Python's own types end
with the year 9999, Spark's do not.
"""

import re
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MICROS = 1_000_000
DAY = 86_400 * MICROS
LONGEST_OFFSET = 18 * 3600  # seconds, of Java's ZoneOffset
BLANKS = "".join(map(chr, [*range(33), 127]))
DATE = re.compile(r"([+-]?)(\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?P<rest>[ T].*)?)?)?", re.ASCII | re.DOTALL)
MOMENT = re.compile(
    r"([+-]?)(\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T](\d{1,2})(?::(\d{1,2})(?::(\d{1,2})"
    r"(?:\.(\d*))?(?P<zone>[^\d.].*)?)?)?)?)?)?",
    re.ASCII | re.DOTALL,
)
OFFSET = re.compile(r"([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?", re.ASCII)
REGION = re.compile(r"[A-Za-z][A-Za-z0-9~/._+-]+")
# java.time.ZoneId.SHORT_IDS of Java 17
SHORT_NAMES = {
    "EST": "-05:00", "MST": "-07:00", "HST": "-10:00", "ACT": "Australia/Darwin", "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo", "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns",
    "CST": "America/Chicago", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris",
    "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia",
    "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi", "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}  # fmt: skip


def days(text: str) -> int:
    """The day that `text` names, in days since 1970-01-01. Raises ValueError when it names none."""
    started = text.lstrip(BLANKS)
    found = DATE.fullmatch(started) or DATE.fullmatch(started.rstrip(BLANKS))
    if not found or (found[4] is None and found[0] != started):
        raise ValueError(f"{text!r} is no date")
    return _fits(_day(found), 31)


def micros(text: str, zoned: bool) -> int:
    """The moment that `text` names, in microseconds since 1970; without a zone in it, UTC.

    Args:
        zoned: whether a zone may be part of it.

    Raises ValueError when it names none. A time without a date, which Spark takes for a time of today, is none here.
    """
    found = MOMENT.fullmatch(text.strip(BLANKS))
    if not found or (found["zone"] and not zoned):
        raise ValueError(f"{text!r} is no moment")
    hour, minute, second = (int(found[n] or 0) for n in (5, 6, 7))
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"{text!r} is no time of a day")
    local = _day(found) * DAY + ((hour * 60 + minute) * 60 + second) * MICROS
    local += int((found[8] or "")[:6].ljust(6, "0"))
    return _fits(local - _offset(found["zone"], local) * MICROS, 63)


def _day(found: re.Match[str]) -> int:
    """Days since 1970 of a year, which may be any, a month and a day. Raises ValueError for a day that is none."""
    year, month, day = int(found[1] + found[2]), int(found[3] or 1), int(found[4] or 1)
    cycles, of_cycle = divmod(year - 2000, 400)  # the calendar repeats itself every 400 years
    return (date(2000 + of_cycle, month, day) - date(1970, 1, 1)).days + cycles * 146_097


def _fits(number: int, bits: int) -> int:
    if not -(1 << bits) <= number < 1 << bits:
        raise ValueError(f"{number} is beyond what Spark can hold")
    return number


def _offset(zone: str | None, local: int) -> int:
    """Seconds east of Greenwich. Raises ValueError for a zone that Java does not know."""
    if zone is None:
        return 0
    name = SHORT_NAMES.get(zone.strip(BLANKS), zone.strip(BLANKS))
    if name in ("Z", "UTC", "GMT", "UT"):
        return 0
    for prefix in ("UTC", "GMT", "UT", ""):
        if name.startswith((f"{prefix}+", f"{prefix}-")):
            return _fixed(name.removeprefix(prefix))
    moment = datetime(1970, 1, 1) + timedelta(microseconds=local)
    offset = moment.replace(tzinfo=_region(name)).utcoffset()
    return round(offset.total_seconds()) if offset else 0


def _fixed(text: str) -> int:
    widened = re.sub(r"^([+-])(\d):", r"\g<1>0\2:", text)
    found = OFFSET.fullmatch(re.sub(r"([+-]\d\d):(\d)$", r"\1:0\2", widened))
    if not found:
        raise ValueError(f"{text!r} is no offset")
    hours, minutes, seconds = (int(found[n] or 0) for n in (2, 3, 4))
    total = (hours * 60 + minutes) * 60 + seconds
    if minutes > 59 or seconds > 59 or total > LONGEST_OFFSET:
        raise ValueError(f"{text!r} is no offset")
    return -total if found[1] == "-" else total


@cache
def _region(name: str) -> ZoneInfo:
    if not REGION.fullmatch(name):
        raise ValueError(f"{name!r} is no time zone")
    try:
        return ZoneInfo(name)
    except (LookupError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone") from error
