"""Secrets of the local stack: made once, kept readable for the owner only."""

import base64
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True)
class Credentials:
    """What services and clients of one stack share; nothing of it shows in its ``repr``."""

    databricks_token: str = field(repr=False)
    aws_access_key_id: str = field(repr=False)
    aws_secret_access_key: str = field(repr=False)
    airflow_jwt_secret: str = field(repr=False)
    airflow_api_secret: str = field(repr=False)
    airflow_fernet_key: str = field(repr=False)

    @property
    def kafka_password(self) -> str:
        """Of Kafka's only user."""
        return self._derived("kafka")

    @property
    def redis_password(self) -> str:
        """Of Redis' default user."""
        return self._derived("redis")

    def _derived(self, purpose: str) -> str:
        """A secret of its own for a purpose (HMAC-SHA256): homes made before the purpose have it too."""
        return hmac.new(self.airflow_api_secret.encode(), purpose.encode(), sha256).hexdigest()


class CredentialsError(ValueError):
    """The file with the secrets is damaged."""


def credentials(home: Path) -> Credentials:
    """The secrets of this home, made when there are none. Raises CredentialsError naming what is wrong."""
    file = home / "secrets.json"
    if not file.exists():
        _keep(_fresh(), file)
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return Credentials(**{f.name: stored[f.name] for f in fields(Credentials)})
    except (ValueError, KeyError, TypeError) as error:
        raise CredentialsError(
            f"{file} is damaged ({error!r}); run lakeloop down and remove it: new secrets are made at the next start"
        ) from error


def _fresh() -> Credentials:
    return Credentials(
        databricks_token=f"local-{secrets.token_hex(20)}",
        aws_access_key_id="lakeloop",
        aws_secret_access_key=secrets.token_hex(20),
        airflow_jwt_secret=secrets.token_hex(64),  # HMAC-SHA512 wants 64 bytes or more
        airflow_api_secret=secrets.token_hex(32),
        airflow_fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )


def _keep(new: Credentials, file: Path) -> None:
    """Write for the owner only. When another process was faster, its secrets stay."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"secrets.{os.getpid()}.tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as writer:
        json.dump(asdict(new), writer, indent=2)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
