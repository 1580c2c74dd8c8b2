"""Shows in Airflow what is wrong with files of include/sources and include/use_cases: as this file's import error.

A source or a use case whose file is wrong has no DAGs; those of all others are not touched. A use case that asks for
what its target's endpoint cannot do has no DAG `deploy`.
"""

from lakeloop.config import ConfigError, configuration_errors, load_target, serving_errors

# Airflow's safe mode opens no file that does not say both "airflow" and "dag".
errors = [*configuration_errors(), *serving_errors(load_target())]
if errors:
    raise ConfigError("\n".join(errors))
