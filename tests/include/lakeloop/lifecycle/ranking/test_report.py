"""Report and card hold each check, each contender's figures, and what was suggested."""

from lakeloop.config import RankingUseCase
from lakeloop.lifecycle.evaluation.gate import Champion
from lakeloop.lifecycle.ranking import gate, report
from lakeloop.lifecycle.ranking.examples import examples
from lakeloop.lifecycle.ranking.judgement import METHODS, Judged
from lakeloop.lifecycle.report import card, page
from lakeloop.lifecycle.report import findings as found


def test_they_tell_all_that_was_judged(use_case: RankingUseCase, judged: Judged) -> None:
    decision, shown = gate.decide(use_case, judged, Champion(None), []), examples(judged)
    tags = {"fit": "2020-09-19..2020-11-28", "data_versions": '{"rooms_gold.interactions": 7}'}
    about = found.Judged(use_case, "dev.rooms_ml.rooms", "run7", tags, {"factors": "4"}, decision)

    papers = report.papers(about, judged, shown)

    assert set(papers) == {page.FILE, card.HTML, card.MARKDOWN}
    text = papers[card.MARKDOWN]
    for said in (
        "learnt from: 2020-09-19..2020-11-28",
        "rooms_gold.interactions: Delta version 7",
        "factors: 4",
    ):
        assert said in text
    for check in decision.checks:
        assert check.sentence in text
    for method in METHODS:
        assert f"| {method.replace('_', ' ')} | " in text
    assert all(f"| {one['entity']} | {', '.join(one['suggested'])} |" in text for one in shown)
