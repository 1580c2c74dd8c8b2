"""Brings the code of the jobs into a workspace: revision, wheel, upload."""
