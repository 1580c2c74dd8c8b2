"""Report and model card of a ranking: one content, as a page and as Markdown."""

from collections.abc import Mapping, Sequence

from lakeloop.lifecycle.evaluation.gate import CANDIDATE
from lakeloop.lifecycle.ranking.gate import SHOWN
from lakeloop.lifecycle.ranking.judgement import Judged, Scope
from lakeloop.lifecycle.report import card, origin, page, views
from lakeloop.lifecycle.report import findings as found
from lakeloop.lifecycle.report.card import Section
from lakeloop.lifecycle.reproduction.pinning import LOCK

SCOPES: Mapping[Scope, str] = {"all": "All items", "new": "Items that are new to the entity"}


def papers(about: found.Judged, judged: Judged, examples: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """By the name of its file."""
    sections = [*_of_gate(about), *_figures(judged), _shown(about, examples), *_origin(about)]
    subtitle = (
        f"{about.use_case.description} Of MLflow run {about.run_id}. The gate {about.decision.status} it."
    )
    title = f"Model card: {about.model_name}"
    html = card.as_html(title, subtitle, sections)
    return {page.FILE: html, card.HTML: html, card.MARKDOWN: card.as_markdown(title, subtitle, sections)}


def _of_gate(about: found.Judged) -> list[Section]:
    return [
        Section(
            f"Checks: {group['heading'].lower()}",
            items=[
                f"{'passed' if line['passed'] else 'REFUSED'}: {line['sentence']}" for line in group["lines"]
            ],
        )
        for group in views.checks(about.decision.checks)
    ]


def _figures(judged: Judged) -> list[Section]:
    names = [name for name, scope in judged.contenders if scope == "all"]
    return [
        Section(
            heading,
            [
                f"{judged.answered(scope):,} answered questions; in brackets 95 % over {judged.entities:,} entities."
            ],
            rows=[_row(judged, name, scope) for name in names],
        )
        for scope, heading in SCOPES.items()
    ]


def _row(judged: Judged, name: str, scope: Scope) -> dict[str, str]:
    lead = "" if name == CANDIDATE else views.with_interval(judged.lead(name, "ndcg_at_10", scope))
    return {
        "contender": name.replace("_", " "),
        SHOWN["ndcg_at_10"]: views.with_interval(judged.interval(name, "ndcg_at_10", scope)),
        SHOWN["recall_at_10"]: views.with_interval(judged.interval(name, "recall_at_10", scope)),
        SHOWN["coverage"]: f"{judged.figures(name, scope)['coverage']:.1%}",
        "candidate ahead by NDCG": lead,
    }


def _shown(about: found.Judged, examples: Sequence[Mapping[str, object]]) -> Section:
    rows = [
        {
            about.use_case.entity.noun[0]: str(example["entity"]),
            "suggested": ", ".join(example["suggested"]),  # type: ignore[arg-type]
            "came of it": ", ".join(example["came"]),  # type: ignore[arg-type]
            "came besides": ", ".join(example["came_unsuggested"]),  # type: ignore[arg-type]
        }
        for example in examples
    ]
    return Section("Suggestions, and what came", rows=rows)


def _origin(about: found.Judged) -> list[Section]:
    tables = [f"{name}: {version}" for name, version in origin.tables(about).items()]
    parts = [f"{name}: {about.tags.get(tag, origin.NOT_RECORDED)}" for name, tag in _PARTS.items()]
    made = [f"{name}: {about.tags.get(tag, origin.NOT_RECORDED)}" for name, tag in _MADE.items()]
    settings = [f"{name}: {value}" for name, value in sorted(about.params.items())]
    return [
        Section("Where it comes from", items=[*tables, *parts, *made]),
        Section("Settings", items=settings),
    ]


_PARTS = {"learnt from": "fit", "judged on": "holdout", "trained because": "training_reason"}
_MADE = {"code revision": "code_revision", "lock, SHA-256": LOCK, "workflow run": "job_run_id"}
