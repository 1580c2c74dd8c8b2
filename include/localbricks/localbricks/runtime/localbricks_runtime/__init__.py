"""What Databricks' runtime brings into the Python process of a task: `spark`, `dbutils`, `display` and the rest.

Lies beside the libraries of every task, where nothing else of localbricks may be imported: a task may bring packages of
any name.
"""
