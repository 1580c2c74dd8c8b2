"""The report: one HTML page with a line a check, which opens without a network."""

from html import escape
from typing import Any

from lakeloop.lifecycle.report import views
from lakeloop.lifecycle.report.address import FILE
from lakeloop.lifecycle.report.findings import Findings, Judged
from lakeloop.lifecycle.report.images import pictures
from lakeloop.lifecycle.report.origin import origin
from lakeloop.lifecycle.report.templates import rendered

__all__ = ["FILE", "framed", "page", "page_without_scores"]
MOST_FEATURES, MOST_IN_SLICES = 15, 8
UP_AND_DOWN = "Orange raises the prediction, blue lowers it; the longer the bar, the more."


def page(findings: Findings) -> str:
    """The whole page; raises ContradictionError and the like rather than leave anything out."""
    holdout = findings.holdout
    bootstrap, units = findings.use_case.gate.bootstrap, findings.rows.units
    found = findings.explained.study
    intervals = findings.intervals().items()
    return rendered(
        "report.html.jinja",
        **_verdict(findings),
        contenders=views.contenders(findings),
        intervals=[{metric: views.with_interval(interval) for metric, interval in intervals}],
        interval_note=(
            f"In brackets: {bootstrap.confidence:.0%} interval, {bootstrap.resamples} resamples of "
            f"{units.count:,} {units.name}"
        ),
        holdout_rows=f"{len(findings.rows):,}",
        periods=views.period_of(holdout[findings.use_case.period.column]),
        slices=views.slices(findings),
        why_not_explained=findings.explained.why_not,
        explained_rows=f"{len(found.places):,}" if found else "0",
        unit=views.unit(findings.explained),
        features=views.features(findings, MOST_FEATURES),
        slice_sizes=views.slice_sizes(findings, MOST_IN_SLICES),
        examples=views.examples(findings),
        up_and_down=UP_AND_DOWN,
        pictures=pictures(findings.figures),
        origin=origin(findings, findings.looked_at),
    )


def page_without_scores(judged: Judged) -> str:
    """The same page for a candidate whose answers are no numbers: verdict, checks and origin, and no figure."""
    return rendered("report.html.jinja", **_verdict(judged), contenders=[], origin=origin(judged))


def _verdict(judged: Judged) -> dict[str, Any]:
    decision = judged.decision
    return {
        "title": f"Validation of {judged.model_name}",
        "use_case": judged.use_case,
        "decision": decision,
        "passed_checks": sum(check.passed for check in decision.checks),
        "checks": views.checks(decision.checks),
    }


def framed(html: str, height: int = 900) -> str:
    """The page within another one, for ``displayHTML``: neither's style reaches the other."""
    style = f"width:100%;height:{height}px;border:1px solid #e2e6ec;border-radius:8px"
    # within a div: of a bare iframe IPython warns
    return f'<div><iframe title="report" style="{style}" srcdoc="{escape(html)}"></iframe></div>'
