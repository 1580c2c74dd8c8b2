"""What a server and the processes below it have used."""

import psutil


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of those below it: a worker works, and its parent waits."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in [process, *process.children(recursive=True)]]
    return sum(each.user + each.system for each in times)
