"""Registers lakeloop with Airflow."""

from airflow.plugins_manager import AirflowPlugin

from lakeloop_airflow import macros as templates


class LakeloopPlugin(AirflowPlugin):
    """Makes the macros available to templates as ``macros.lakeloop``."""

    name = "lakeloop"
    macros = [getattr(templates, name) for name in templates.__all__]
