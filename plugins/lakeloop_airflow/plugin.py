"""Registers lakeloop with Airflow."""

from airflow.plugins_manager import AirflowPlugin

from lakeloop_airflow.macros import idempotency_token, night, promotion_reason, validated_version, who


class LakeloopPlugin(AirflowPlugin):
    """Makes the macros available to templates as ``macros.lakeloop``."""

    name = "lakeloop"
    macros = [idempotency_token, night, promotion_reason, validated_version, who]
