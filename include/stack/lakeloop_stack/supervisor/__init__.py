"""Starts, watches and stops the services through supervisord."""
