"""Files that only their owner may read."""

import os
from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Write a file that may hold secrets: readable for the owner only, whole or not at all."""
    draft = file.with_name(f"{file.name}.tmp")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as writer:
        writer.write(text)
    draft.replace(file)
