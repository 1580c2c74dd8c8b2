"""The model card (Mitchell et al. 2019, "Model Cards for Model Reporting"): what a model is for, how it was made, how
good it is and for whom, and what to know before it is used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lakeloop.lifecycle.evaluation.gate import CANDIDATE
from lakeloop.lifecycle.report import origin, views
from lakeloop.lifecycle.report.findings import Findings
from lakeloop.lifecycle.report.templates import rendered

MARKDOWN, HTML = "model_card.md", "model_card.html"
# MLflow's own store keeps no more of a version's description (`SqlModelVersion.description`).
LONGEST_DESCRIPTION = 5000
CUT = "\n\n(shortened: the whole card is the artifact `model_card.md` of the version's run)"
MOST_FEATURES = 10


@dataclass(frozen=True)
class Section:
    """A heading with paragraphs, a list and a table, each of which may be empty."""

    heading: str
    texts: Sequence[str] = ()
    items: Sequence[str] = ()
    rows: Sequence[Mapping[str, str]] = ()


def markdown(findings: Findings) -> str:
    """The card as Markdown."""
    return as_markdown(_title(findings), _subtitle(findings), _sections(findings))


def html(findings: Findings) -> str:
    """The same card as a page."""
    return as_html(_title(findings), _subtitle(findings), _sections(findings))


def as_markdown(title: str, subtitle: str, sections: Sequence[Section]) -> str:
    """Any card as Markdown."""
    blocks = [block for section in sections for block in _blocks(section)]
    return "\n\n".join([f"# {title}", subtitle, *blocks]) + "\n"


def as_html(title: str, subtitle: str, sections: Sequence[Section]) -> str:
    """Any card as a page."""
    return rendered("card.html.jinja", title=title, subtitle=subtitle, sections=sections)


def description(card: str) -> str:
    """As much of a Markdown card as a registered version can carry, cut between two sections."""
    if len(card) <= LONGEST_DESCRIPTION:
        return card
    head = card[: LONGEST_DESCRIPTION - len(CUT)]
    end = head.rfind("\n## ")
    return head[: end if end > 0 else len(head)].rstrip() + CUT


def _title(findings: Findings) -> str:
    return f"Model card: {findings.model_name}"


def _subtitle(findings: Findings) -> str:
    return f"Of MLflow run {findings.run_id}. The gate {findings.decision.status} it."


def _sections(findings: Findings) -> list[Section]:
    found = [
        _intended_use(findings),
        _data(findings),
        _training(findings),
        _origin(findings),
        _figures(findings),
        _slices(findings),
        *_checks(findings),
        _explanations(findings),
        _limits(findings),
        _reproduce(findings),
    ]
    return [section for section in found if section]


def _blocks(section: Section) -> list[str]:
    """A section in Markdown, without the empty lines between its blocks."""
    items = ["\n".join(f"- {item}" for item in section.items)] if section.items else []
    return [f"## {section.heading}", *section.texts, *items, *_table(section.rows)]


def _table(rows: Sequence[Mapping[str, str]]) -> list[str]:
    if not rows:
        return []
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    # a bar or the end of a line would end the cell
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return ["\n".join(f"| {' | '.join(line)} |" for line in cells)]


def _intended_use(findings: Findings) -> Section:
    use_case = findings.use_case
    noun, unit, horizon = use_case.entity.noun, use_case.period.unit, use_case.question.horizon
    answer = "a probability" if use_case.task.kind == "binary" else "a number"
    return Section(
        "Intended use",
        [
            use_case.description,
            f"It answers with {answer} (`{use_case.task.prediction}`) for each {noun[0]} that was active in the last "
            f"{use_case.question.active} {unit}s, about the next {horizon}. It knows no other {noun[1]}, and says "
            "nothing about what would change the outcome.",
            f"Owner: {use_case.owner}.",
        ],
    )


def _data(findings: Findings) -> Section:
    made_of = {name.removeprefix("table "): value for name, value in origin.tables(findings).items()}
    return Section(
        "Data",
        [f"Source `{findings.use_case.source}`, read at fixed Delta versions:"],
        rows=_facts(made_of | origin.data(findings), "data"),
    )


def _training(findings: Findings) -> Section:
    params = ", ".join(f"`{name}` {value}" for name, value in sorted(findings.params.items()))
    kind = findings.tags.get("model", "")
    items = [f"{name}: {value}" for name, value in origin.training(findings, findings.looked_at).items()]
    return Section("Training", [f"{kind}: {params}." if params else f"{kind}."], items=items)


def _origin(findings: Findings) -> Section:
    return Section("Origin", rows=_facts(origin.making(findings), "made by"))


def _facts(found: Mapping[str, str], heading: str) -> list[Mapping[str, str]]:
    return [{heading: name, "value": value} for name, value in found.items()]


def _figures(findings: Findings) -> Section:
    bootstrap, rows = findings.use_case.gate.bootstrap, findings.rows
    evaluations = rows.evaluations
    found = findings.intervals()
    table = [
        {
            "metric": metric,
            "this model": views.with_interval(interval),
            **{
                name: views.number(float(evaluation.values[metric]))
                for name, evaluation in evaluations.items()
                if name != CANDIDATE
            },
        }
        for metric, interval in found.items()
    ]
    where = views.period_of(findings.holdout[findings.use_case.period.column])
    note = (
        f"On {len(rows):,} rows that training never saw ({where}), mean {findings.use_case.task.label} "
        f"{rows.y.mean():.4f}; in brackets the {bootstrap.confidence:.0%} interval over {rows.units.name}."
    )
    return Section("Figures", [note], rows=table)


def _slices(findings: Findings) -> Section | None:
    table = [row for row in views.slices(findings) if row["slice"] in findings.use_case.gate.slices.columns]
    return Section("Slices", rows=table) if table else None


def _checks(findings: Findings) -> list[Section]:
    """A section for each group of checks."""
    return [
        Section(
            f"Checks: {group['heading'].lower()}",
            items=[
                f"{'passed' if line['passed'] else 'REFUSED'}: {line['sentence']}" for line in group["lines"]
            ],
        )
        for group in views.checks(findings.decision.checks)
    ]


def _explanations(findings: Findings) -> Section:
    if findings.explained.why_not:
        return Section("Explanations", [f"None: the model is {findings.explained.why_not}."])
    return Section(
        "Explanations",
        [
            "The features that move predictions most, by the mean size of their SHAP values in "
            f"{views.unit(findings.explained)}. They say what the model goes by, not what causes the outcome."
        ],
        rows=views.features(findings, MOST_FEATURES),
    )


def _limits(findings: Findings) -> Section:
    judged = findings.use_case.gate.slices
    of_gate = findings.slices[findings.slices["slice"].isin(judged.columns)]
    small = int((of_gate["rows"] < judged.min_rows).sum())
    items = [
        "Figures are of the past: they hold as long as the data keep their meaning.",
        "Features that are missing count as not known; a column that vanishes stops scoring.",
    ]
    if small:
        items.append(
            f"{small} slices have fewer than {judged.min_rows} rows: their figures are noise for the most part."
        )
    failed = [check.sentence for check in findings.decision.checks if not check.passed]
    return Section("Limits", items=[*items, *(f"It failed: {sentence}" for sentence in failed)])


def _reproduce(findings: Findings) -> Section:
    name = findings.use_case.name
    return Section(
        "Reproduce, roll back",
        [
            f"`lakeloop reproduce {name} VERSION` makes the version again from the revision, the lock and the rows "
            "named above, and compares. A version that was champion before serves again by "
            f"`lakeloop rollback {name} --to VERSION --reason ...`; the ledger keeps both."
        ],
    )
