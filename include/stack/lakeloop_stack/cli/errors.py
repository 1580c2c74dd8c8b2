"""Which errors are for the user to put right, and need no stack trace."""

EXPECTED = {
    "AirflowApiError",
    "ConfigError",
    "CredentialsError",
    "DeliveryError",
    "DraftError",
    "ExportError",
    "JarError",
    "JavaError",
    "LedgerMovedError",
    "LedgerShapeError",
    "LeftoverError",
    "LockError",
    "MachineError",
    "MissingBucketError",
    "NoAirflowError",
    "NoCardError",
    "NoChampionError",
    "NoDataError",
    "NoDatasetError",
    "NoMlflowError",
    "NoScoresError",
    "NoVersionError",
    "NoReleaseError",
    "NothingPublishedError",
    "NotAHomeError",
    "NotebookToolError",
    "PortsTakenError",
    "PreparationError",
    "RedisError",
    "ReproductionError",
    "RollbackRefusedError",
    "SampleError",
    "StackBusyError",
    "StackError",
    "StackSettingsError",
    "StageFailedError",
    "SupervisorError",
    "TooFewPeriodsError",
    "WheelError",
    "WrongWorkspaceError",
}


def explain(error: BaseException) -> str | None:
    """The message of an error that the user can put right; None for all others.

    By name, so that the command line need not import every module to know its errors.
    """
    names = {cls.__name__ for cls in type(error).__mro__}
    return str(error) if names & EXPECTED else None
