"""The options of one stream. What is not implemented is refused by name, never ignored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

PREFIX = "cloudfiles."
RESCUED = "_rescued_data"
METADATA = "filemetadata"
GLOB = set("*?[{")
MAX_FILES = 1000  # Auto Loader's own default
KNOWN = {
    "format": "json, csv or parquet",
    "schemalocation": "where the schema and the manifests of files live",
    "schemahints": "columns and types, as in DDL",
    "maxfilespertrigger": "files in one micro-batch",
    "infercolumntypes": "true or false",
    "schemaevolutionmode": "rescue",
    "includeexistingfiles": "true",
    "usenotifications": "false",
    "allowoverwrites": "false",
    "validateoptions": "true",
}
ONLY = {
    "schemaevolutionmode": "rescue",
    "includeexistingfiles": "true",
    "usenotifications": "false",
    "allowoverwrites": "false",
    "validateoptions": "true",
}
PLAIN = {"path", "header", "rescueddatacolumn", "sep", "delimiter", "encoding", METADATA}


class OptionError(ValueError):
    """An option is missing, malformed or not supported; the message names it."""


@dataclass(frozen=True)
class Options:
    """What the stream was asked for, with Auto Loader's defaults."""

    path: str
    format: str
    schema_location: str
    schema_hints: str = ""
    max_files: int = MAX_FILES
    infer_types: bool = False
    rescued_column: str = RESCUED
    rescued_asked: bool = False
    metadata: bool = False
    header: bool = False
    header_given: bool = False
    separator: str = ","

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> "Options":
        """Read Spark's options, whose names arrive in lower case. Raises OptionError."""
        lower = {name.lower(): value for name, value in given.items()}
        own = {n.removeprefix(PREFIX): v for n, v in lower.items() if n.startswith(PREFIX)}
        _refuse_unknown(lower, own)
        return cls(
            path=_folder(_required(lower, "path", "give .load(<path>)")),
            format=_format(_required(own, "format", "set it to json, csv or parquet", PREFIX)),
            schema_location=_required(own, "schemalocation", "give each stream a folder of its own", PREFIX),
            schema_hints=own.get("schemahints", ""),
            max_files=_count(own.get("maxfilespertrigger", str(MAX_FILES))),
            infer_types=_flag("cloudFiles.inferColumnTypes", own.get("infercolumntypes", "false")),
            rescued_column=lower.get("rescueddatacolumn", RESCUED),
            rescued_asked="rescueddatacolumn" in lower,
            metadata=_flag("fileMetadata", lower.get(METADATA, "false")),
            header=_flag("header", lower.get("header", "false")),
            header_given="header" in lower,
            separator=_separator(lower.get("sep", lower.get("delimiter", ","))),
        )

    def inferring(self) -> "Options":
        """The options for a schema that is inferred: Auto Loader then takes files of CSV for ones with a header.

        https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/options#csv-options
        """
        return self if self.header_given else replace(self, header=True)


def _refuse_unknown(lower: Mapping[str, str], own: Mapping[str, str]) -> None:
    for name, value in own.items():
        if name not in KNOWN:
            raise OptionError(f"option cloudFiles.{name} is not supported; supported are {', '.join(KNOWN)}")
        if name in ONLY and value.lower() != ONLY[name]:
            raise OptionError(f"option cloudFiles.{name} is {value!r}, only {ONLY[name]!r} is supported here")
    for name in lower:
        if not name.startswith(PREFIX) and name not in PLAIN:
            raise OptionError(f"option {name} is not supported; supported are {', '.join(sorted(PLAIN))}")
    if lower.get("encoding", "utf-8").lower() not in ("utf-8", "utf8"):
        raise OptionError(f"option encoding is {lower['encoding']!r}, only utf-8 is supported")


def _required(options: Mapping[str, str], name: str, advice: str, prefix: str = "") -> str:
    value = options.get(name, "")
    if not value:
        raise OptionError(f"option {prefix}{name} is missing: {advice}")
    return value


def _folder(path: str) -> str:
    if GLOB & set(path):
        raise OptionError(f"path is {path!r}; patterns are not supported, give the folder above")
    return path


def _format(value: str) -> str:
    if value.lower() not in ("json", "csv", "parquet"):
        raise OptionError(f"option cloudFiles.format is {value!r}, expected json, csv or parquet")
    return value.lower()


def _separator(value: str) -> str:
    separator = "\t" if value == "\\t" else value  # Spark reads the two characters too
    if len(separator) != 1 or separator in '"\\\r\n\0' or not separator.isascii():
        raise OptionError(
            f"option sep is {value!r}, expected one ASCII character other than a quote or a backslash"
        )
    return separator


def _count(value: str) -> int:
    if not value.isdigit() or int(value) < 1:
        raise OptionError(
            f"option cloudFiles.maxFilesPerTrigger is {value!r}, expected a whole number from 1 on"
        )
    return int(value)


def _flag(name: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise OptionError(f"option {name} is {value!r}, expected true or false")
    return value.lower() == "true"
