"""A record is there as a whole or not at all."""

from dataclasses import replace
from pathlib import Path

from localbricks.serving.records import EndpointRecord, Records


def test_what_is_saved_is_found_and_what_is_removed_is_gone(tmp_path: Path) -> None:
    records = Records(tmp_path / "endpoints")
    assert records.find("a") is None
    assert list(records.all()) == []
    first = EndpointRecord("1", "a", "me", 1, 2, {"tags": []}, {"served_entities": []}, 3)
    records.save(first)
    records.save(replace(first, id="2", name="b", update="IN_PROGRESS"))
    assert records.find("a") == first
    assert [record.name for record in records.all()] == ["a", "b"]
    records.remove("a")
    assert records.find("a") is None
    assert not records.folder("a").exists()


def test_a_draft_that_was_cut_off_is_no_record(tmp_path: Path) -> None:
    records = Records(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".endpoint.json").write_text('{"id": ')
    assert list(records.all()) == []
    assert records.find("a") is None
