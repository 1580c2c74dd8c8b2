"""Who has no login, or trusts another authority, gets nothing from the real broker."""

import socket
import ssl
from collections.abc import Iterator

import pytest

from lakeloop_stack.services.realtime.probes import KafkaServes
from tests.include.stack.services.realtime.conftest import Realtime, realtime_in
from tests.include.stack.services.realtime.messages import MESSAGES, create, read, write


@pytest.fixture(scope="module", params=["sasl_plaintext", "sasl_ssl"])
def secured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realtime]:
    with realtime_in(tmp_path_factory.mktemp("secured"), kafka_security=request.param) as realtime:
        yield realtime


def test_a_client_with_the_login_writes_and_reads(secured: Realtime) -> None:
    create(secured.kafka, "events")
    write(secured.kafka, "events")
    assert sorted(read(secured.kafka, "events")) == sorted(MESSAGES)


@pytest.mark.parametrize("wrong", [{"sasl.password": "x"}, {"security.protocol": "plaintext"}])
def test_a_client_without_the_right_login_is_refused(secured: Realtime, wrong: dict[str, str]) -> None:
    assert not KafkaServes({**secured.kafka, **wrong})(0.0)


def test_the_controller_lets_nobody_in_without_a_login(secured: Realtime) -> None:
    controller = f"127.0.0.1:{secured.settings.kafka_controller_port}"
    client = {"bootstrap.servers": controller, "security.protocol": "plaintext"}
    assert not KafkaServes(client)(0.0)


def test_only_who_trusts_the_homes_authority_gets_as_far_as_the_login(secured: Realtime) -> None:
    if secured.settings.kafka_security != "sasl_ssl":
        pytest.skip("only TLS has an authority")
    handshake(secured, ssl.create_default_context(cafile=secured.kafka["ssl.ca.location"]))
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer certificate"):
        handshake(secured, ssl.create_default_context())


def handshake(realtime: Realtime, context: ssl.SSLContext) -> None:
    address = ("127.0.0.1", realtime.settings.kafka_port)
    with (
        socket.create_connection(address, timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        assert secured.version() == "TLSv1.3"
