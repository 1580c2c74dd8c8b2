"""Draws up sources and use cases from sample files, and says what is wrong with them before anything runs."""
