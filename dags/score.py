"""Each night the champion scores every active household, on Spark, to Delta and to Parquet.

Runs nightly, and on new features as soon as training has said which champion scores them. A second run of the same
night replaces that night and nothing else; while there is no champion, it skips.
"""

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

from lakeloop.config import load_target, load_use_cases
from lakeloop_airflow import assets
from lakeloop_airflow.compute import submit_wheel_task
from lakeloop_airflow.defaults import dag_arguments, deferred
from lakeloop_airflow.operators.champion import ChampionOperator
from lakeloop_airflow.operators.submit import SubmitOnceOperator

target = load_target()

for use_case in load_use_cases():
    schedule = AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(use_case.schedule.score, timezone="UTC"),
        assets=assets.champion(use_case) | assets.standing_champion(use_case),
    )
    with DAG(schedule=schedule, **dag_arguments(use_case, target, "score", __doc__)):
        champion = ChampionOperator(
            task_id="champion",
            doc_md="The version that scores tonight; skips the night while there is none.",
            use_case=use_case,
            target=target,
        )
        score = SubmitOnceOperator(
            task_id="score",
            doc_md="`jobs/lakeloop_jobs/score.py`: a probability for each active household.",
            outlets=[assets.scores(use_case)],
            **submit_wheel_task(
                use_case,
                target,
                "score",
                date="{{ macros.lakeloop.night(dag_run) }}",
                model_version="{{ ti.xcom_pull(task_ids='champion') }}",
            ),
            **deferred(target),
        )
        champion >> score
