import pytest

from pyspark_cloudfiles.options import OptionError, Options

GIVEN = {"path": "s3://b/p", "cloudfiles.format": "JSON", "cloudfiles.schemalocation": "s3://b/s"}


def test_defaults_are_those_of_auto_loader() -> None:
    options = Options.parse(GIVEN)
    assert (options.format, options.max_files, options.infer_types) == ("json", 1000, False)
    assert options.rescued_column == "_rescued_data"
    assert not options.header
    assert options.inferring().header
    assert not Options.parse(GIVEN | {"header": "false"}).inferring().header


def test_names_are_read_in_any_case() -> None:
    options = Options.parse({"path": "/p", "cloudFiles.format": "csv", "cloudFiles.schemaLocation": "/s"})
    assert options.format == "csv"


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("cloudfiles.backfillinterval", "1 day", "cloudFiles.backfillinterval is not supported"),
        ("cloudfiles.allowoverwrites", "true", "cloudFiles.allowoverwrites is 'true', only 'false'"),
        ("cloudfiles.usenotifications", "true", "cloudFiles.usenotifications is 'true'"),
        (
            "cloudfiles.schemaevolutionmode",
            "addNewColumns",
            "cloudFiles.schemaevolutionmode is 'addNewColumns'",
        ),
        ("cloudfiles.format", "avro", "'avro', expected json, csv or parquet"),
        ("cloudfiles.maxfilespertrigger", "0", "maxFilesPerTrigger is '0', expected a whole number from 1"),
        (
            "cloudfiles.infercolumntypes",
            "yes",
            "cloudFiles.inferColumnTypes is 'yes', expected true or false",
        ),
        ("multiline", "true", "option multiline is not supported"),
        ("encoding", "latin-1", "option encoding is 'latin-1', only utf-8"),
        ("path", "s3://b/*/x", "patterns are not supported"),
        ("sep", "||", "option sep is '||', expected one ASCII character"),
        ("sep", '"', "option sep is"),
    ],
)
def test_what_is_not_done_is_refused_by_name(option: str, value: str, said: str) -> None:
    with pytest.raises(OptionError) as refused:
        Options.parse(GIVEN | {option: value})
    assert said in str(refused.value)


@pytest.mark.parametrize("missing", GIVEN)
def test_a_missing_option_is_named(missing: str) -> None:
    with pytest.raises(OptionError, match=f"option {missing} is missing"):
        Options.parse({name: value for name, value in GIVEN.items() if name != missing})
