"""Each night the champion scores the newest period, on Spark, to Delta and to Parquet.

Runs nightly, and on new features as soon as training has said which champion scores them. The moment of the run
decides on period, data and champion; a second run of a night replaces that period and nothing else. While there is no
champion, it skips. Data that are not published, stale or too few fail the run: somebody has to look. Without new
features, the newest period is scored again.
"""

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, Param

from lakeloop.config import load_target, valid_use_cases
from lakeloop_airflow import assets
from lakeloop_airflow.compute import submit_wheel_task
from lakeloop_airflow.defaults import dag_arguments, deferred
from lakeloop_airflow.operators.champion import ChampionOperator
from lakeloop_airflow.operators.submit import SubmitOnceOperator

target = load_target()
NIGHT = "{{ macros.lakeloop.night(dag_run, params) }}"

for use_case in valid_use_cases():
    schedule = AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(use_case.score.cron, timezone="UTC"),
        assets=assets.champion(use_case) | assets.standing_champion(use_case),
    )
    with DAG(
        schedule=schedule,
        params={
            "date": Param(
                None,
                type=["null", "string"],
                # a date means its end, and a day has many hours to score
                format="date-time" if use_case.period.unit == "hour" else "date",
                description="Score this night again.",
            ),
            "model_version": Param(
                None, type=["null", "string"], description="With this version, not the champion."
            ),
        },
        **dag_arguments(use_case, target, "score", __doc__),
    ):
        champion = ChampionOperator(
            task_id="champion",
            doc_md="The version that scores the night; skips the night while there is none.",
            use_case=use_case,
            target=target,
            date=NIGHT,
            model_version="{{ params.model_version or '' }}",
        )
        score = SubmitOnceOperator(
            task_id="score",
            doc_md="`jobs/lakeloop_jobs/score.py`: a prediction for each entity of the period.",
            outlets=[assets.scores(use_case)],
            **submit_wheel_task(
                use_case,
                target,
                "score",
                date=NIGHT,
                model_version="{{ ti.xcom_pull(task_ids='champion') }}",
                override="{{ (params.model_version is not none) | lower }}",
            ),
            **deferred(target),
        )
        champion >> score
