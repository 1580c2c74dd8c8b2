"""SQL as text: tokens, names, parameters, and Databricks' words in Spark's. Needs neither Thrift nor a web server."""
