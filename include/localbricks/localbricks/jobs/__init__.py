"""The Jobs API of the local workspace: real processes, real exit codes, truthful states."""
