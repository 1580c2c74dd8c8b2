"""The SPARK_HOME of links."""

from pathlib import Path

from localbricks.spark.home import lean_home, spark_home


def test_it_holds_the_programs_and_jars_but_no_second_pyspark(tmp_path: Path) -> None:
    home = lean_home(tmp_path / "home")
    assert (home / "bin" / "spark-submit").read_bytes() == (
        spark_home() / "bin" / "spark-submit"
    ).read_bytes()
    assert list((home / "jars").glob("spark-core_*.jar"))
    assert not (home / "python").exists()


def test_a_link_to_a_spark_that_was_replaced_is_renewed(tmp_path: Path) -> None:
    home = lean_home(tmp_path / "home")
    (home / "jars").unlink()
    (home / "jars").symlink_to(tmp_path / "gone")
    assert list((lean_home(home) / "jars").glob("spark-core_*.jar"))
