"""The Jobs API below its routes: saved jobs, runs, and how both are shown."""
