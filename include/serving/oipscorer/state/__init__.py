"""The folder that all processes of a server share: what is served, what of, and who has taken which generation."""
