"""The generated classes are what grpcio-tools makes of the protocol files."""

from pathlib import Path

from oipscorer_testing.generation import ROOT, generate


def test_they_are_up_to_date(tmp_path: Path) -> None:
    for made in generate(tmp_path):
        assert made.read_text() == (ROOT / made.relative_to(tmp_path)).read_text(), made.name
