"""Closes the loop through Airflow's API and reads what it left behind."""
