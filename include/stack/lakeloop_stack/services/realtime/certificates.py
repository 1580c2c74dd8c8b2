"""A certificate for the broker, and the authority that its clients trust; made once for each home."""

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ...machine.ports import LOOPBACK

VALID = timedelta(days=3650)
CLOCKS_DIFFER = timedelta(hours=1)


def authority_file(folder: Path) -> Path:
    """PEM of the authority's certificate."""
    return folder / "authority.pem"


def broker_file(folder: Path) -> Path:
    """PEM of the broker's private key (PKCS 8) and certificate, for its owner only."""
    return folder / "broker.pem"


def ensure_certificates(folder: Path) -> None:
    """Make both files unless they are there, whole or not at all.

    The authority's key is kept nowhere, so that it can sign nothing else.
    """
    if folder.exists():
        return
    draft = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))  # mode 0700
    key, authority_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _signed(
        "lakeloop local authority", authority_key, authority_key, "lakeloop local authority", ca=True
    )
    certificate = _signed("lakeloop local broker", key, authority_key, "lakeloop local authority", ca=False)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    broker_file(draft).write_bytes(private + certificate.public_bytes(Encoding.PEM))
    authority_file(draft).write_bytes(authority.public_bytes(Encoding.PEM))
    try:
        os.rename(draft, folder)
    except OSError:  # another process was faster
        shutil.rmtree(draft)


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: str,
    *,
    ca: bool,
) -> x509.Certificate:
    now, names = datetime.now(UTC), [x509.IPAddress(ip_address(LOOPBACK)), x509.DNSName("localhost")]
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    builder = builder if ca else builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
