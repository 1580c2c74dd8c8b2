"""What lakeloop adds to Airflow: the operators the providers lack, and the wiring that all DAGs share."""
