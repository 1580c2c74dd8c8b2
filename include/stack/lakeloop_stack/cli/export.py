"""``lakeloop export`` on a terminal."""

import tempfile
from pathlib import Path
from typing import Any

from rich.table import Table

from lakeloop.config import load_use_case

from .card import find_version
from .local import named_target
from .up import console
from .warehouse import warehouse_of


def export_version(
    use_case_name: str, target: str, version: str | None, to: Path | None, force: bool, registry: str | None
) -> None:
    """Raises ExportError, NoVersionError, and StackError when the local stack is not up."""
    import mlflow

    from ..edge.export import export
    from ..edge.reference import read_reference
    from ..edge.version import version_in

    use_case, at = load_use_case(use_case_name), named_target(registry)
    with warehouse_of(at) as run, tempfile.TemporaryDirectory() as place:
        found = find_version(use_case, at, version)
        uri = f"models:/{found.name}/{found.version}"
        folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=place))
        loaded = version_in(folder, str(found.name), str(found.version), str(found.run_id))
        rows = read_reference(run, use_case, found.tags, loaded.features)
        where = to or Path(f"{use_case.name}-{found.version}-{target}")
        show(where, export(loaded, target, rows, where, force))


def show(to: Path, report: dict[str, Any]) -> None:
    """What was measured, as a table; ``report.json`` has all of it."""
    table = Table(title=f"{to}: {report['target']} beside the original")
    for name in ("", "original", "exported"):
        table.add_column(name, justify="right" if name else "left")
    sizes, speed = report["bytes"], report["speed"]
    table.add_row("model, bytes", f"{sizes['original']:,}", f"{sizes['exported']:,}")
    for name, words in (
        ("median_us", "one row, median, us"),
        ("p99_us", "one row, 99 %, us"),
        ("rows_per_second", "rows/s"),
    ):
        table.add_row(words, *(f"{speed[side][name]:,.0f}" for side in ("original", "exported")))
    console.print(table)
    for name, told in report["parity"].items():
        console.print(
            f"{told['rows']:,} rows ({name}): at most {told['largest_difference']:.2g} apart, "
            f"rank correlation {told['rank_correlation']:.6f}, same top hundredth: {told['same_top_hundredth']:.1%}"
        )
