"""Who may use Spark: whoever has the token, and nobody else on the machine."""

from urllib.parse import urlsplit

import pytest
from pyspark.sql import SparkSession


@pytest.mark.parametrize("given", ["", "/;token=wrong"])
def test_spark_refuses_who_has_no_token(
    stack: dict[str, str], monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.delenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", raising=False)
    address = f"sc://localhost:{urlsplit(stack['SPARK_REMOTE']).port}{given}"
    with pytest.raises(Exception, match=r"UNAUTHENTICATED|token"):
        SparkSession.builder.remote(address).create().range(1).collect()
