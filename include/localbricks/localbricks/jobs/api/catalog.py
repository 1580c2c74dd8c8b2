"""Saved jobs."""

import re
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from ...api_errors import ApiError, explain, invalid
from ..engine.records import Job, now
from ..engine.store import Store
from ..requests.models import JobSettings, ListJobs
from .views import job_json


class JobCatalog:
    """``jobs/create|reset|update|get|list|delete``.

    Args:
        on_change: told the id and the new settings of a job when they are saved.
    """

    def __init__(self, store: Store, user: str, on_change: Callable[[int, JobSettings], None]) -> None:
        self.store = store
        self.user = user
        self._on_change = on_change

    def create(self, settings: JobSettings) -> int:
        """Save a job and return its id."""
        job = Job(job_id=self.store.next_id(), settings=settings.as_sent(), created_time=now())
        self.store.add(job)
        return job.job_id

    def reset(self, job_id: int, settings: JobSettings) -> None:
        """Replace all settings of a job; runs that go on keep the settings they began with, but for their time."""
        self.job(job_id)
        self.store.update(Job, job_id, settings=settings.as_sent())
        self._on_change(job_id, settings)

    def update(self, job_id: int, changes: dict[str, Any], remove: list[str]) -> None:
        """Change and remove top-level settings; arrays whose entries have keys are merged by key."""
        with self.store.transaction():
            settings = self._changed(job_id, changes, remove)
            self.store.update(Job, job_id, settings=settings.as_sent())
        self._on_change(job_id, settings)

    def _changed(self, job_id: int, changes: dict[str, Any], remove: list[str]) -> JobSettings:
        settings = dict(self.job(job_id).settings)
        for name in remove:
            _remove(settings, name)
        for name, value in changes.items():
            settings[name] = _merged(name, settings.get(name), value)
        try:
            return JobSettings.model_validate(settings)
        except ValidationError as error:
            raise invalid(explain(error.errors())) from error

    def get(self, job_id: int) -> dict[str, Any]:
        """Return the JSON of ``jobs/get``."""
        return job_json(self.job(job_id), self.user)

    def list(self, query: ListJobs) -> dict[str, Any]:
        """Return the JSON of ``jobs/list``, newest job first."""
        jobs = self.store.find(Job, tail="ORDER BY job_id DESC")
        if query.name is not None:
            jobs = [job for job in jobs if _name(job).lower() == query.name.lower()]
        start = page_start(query.page_token, query.offset)
        shown = jobs[start : start + query.limit]
        answer: dict[str, Any] = {"jobs": [job_json(job, self.user, query.expand_tasks) for job in shown]}
        return {**answer, **page_links(start, query.limit, start + len(shown) < len(jobs))}

    def delete(self, job_id: int) -> None:
        """Forget a job; its runs stay."""
        self.job(job_id)
        self.store.delete(Job, job_id)

    def job(self, job_id: int) -> Job:
        """Return a job; raises the ApiError of an unknown one."""
        job = self.store.get(Job, job_id)
        if job is None:
            raise ApiError(400, "INVALID_PARAMETER_VALUE", f"Job {job_id} does not exist.")
        return job


def page_start(token: str | None, offset: int) -> int:
    """Return the position at which a page starts; a token is the position of a page's first row."""
    if not token:
        return offset
    if not re.fullmatch(r"[0-9]{1,18}", token):
        raise invalid(f"page_token: {token!r} is not a token that this workspace gave out")
    return int(token)


def page_links(start: int, limit: int, more: bool) -> dict[str, Any]:
    """Return the fields that lead to the pages before and after."""
    links: dict[str, Any] = {"has_more": more}
    if more:
        links["next_page_token"] = str(start + limit)
    if start:
        links["prev_page_token"] = str(max(start - limit, 0))
    return links


def _name(job: Job) -> str:
    return str(job.settings.get("name", "Untitled"))


KEYS = {"tasks": "task_key", "job_clusters": "job_cluster_key", "environments": "environment_key"}


def _remove(settings: dict[str, Any], name: str) -> None:
    """Take away a field, or an entry of one by its key (``tasks/train``). Raises the ApiError of any other name."""
    field, slash, key = name.partition("/")
    entries = settings.get(field, []) if field in KEYS else []
    kept = [entry for entry in entries if entry[KEYS[field]] != key]
    if field not in JobSettings.model_fields or (slash and kept == entries):
        raise invalid(f"fields_to_remove: {name!r} is neither a field of the settings nor one of its entries")
    if slash:
        settings[field] = kept
    else:
        settings.pop(field, None)


def _merged(name: str, old: Any, new: Any) -> Any:
    key = KEYS.get(name)
    if key is None or not isinstance(old, list) or not isinstance(new, list):
        return new
    named = [entry for entry in new if isinstance(entry, dict) and isinstance(entry.get(key), str)]
    replaced = {entry[key]: entry for entry in named}
    kept = [replaced.pop(entry[key], entry) for entry in old]
    return [*kept, *replaced.values(), *(entry for entry in new if entry not in named)]
