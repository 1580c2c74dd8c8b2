"""What a model goes through: splits, training, evaluation, gate, registry, promotion, ledger, scoring.

Plain functions over pandas, MLflow and Delta. Nothing here knows Airflow or where it runs.
"""
