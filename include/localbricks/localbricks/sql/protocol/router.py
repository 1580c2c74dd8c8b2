"""Thrift over HTTP: one POST is one call, in the binary protocol, on warehouse and cluster paths."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from databricks.sql.thrift_api.TCLIService import TCLIService
from fastapi import APIRouter, Request, Response
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.Thrift import TException
from thrift.transport.TTransport import TMemoryBuffer

from ...api_errors import invalid
from ..errors import not_supported
from ..results.spool import Spool
from .answers import failed
from .operations import Operations
from .service import Service
from .sessions import Sessions

# A call may wait for its statement, and each client has one call open at a time: more clients than this queue up.
CALLS_AT_ONCE = 256
MEDIA_TYPE = "application/x-thrift"
log = logging.getLogger(__name__)


def router(remote: str, spool: Path) -> APIRouter:
    """Return the SQL routes in front of the Spark Connect server at `remote`; large results lie in `spool`."""
    spool.mkdir(parents=True, exist_ok=True)
    operations = Operations()
    sessions = Sessions(remote, Spool(spool), operations)
    pool = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="thrift")
    warehouse = _endpoint(Service(sessions, operations, cluster=False), pool)
    cluster = _endpoint(Service(sessions, operations, cluster=True), pool)
    routes = APIRouter()
    routes.add_api_route("/sql/1.0/warehouses/{warehouse_id}", warehouse, methods=["POST"])
    routes.add_api_route("/sql/1.0/endpoints/{warehouse_id}", warehouse, methods=["POST"])
    routes.add_api_route("/sql/protocolv1/o/{organisation}/{cluster_id}", cluster, methods=["POST"])
    return routes


def _endpoint(service: Service, pool: ThreadPoolExecutor) -> Callable[[Request], Any]:
    processor = TCLIService.Processor(Answering(service))

    async def call(request: Request) -> Response:
        body = await request.body()
        answer = await asyncio.get_running_loop().run_in_executor(pool, _process, processor, body)
        return Response(answer, media_type=MEDIA_TYPE)

    return call


def _process(processor: TCLIService.Processor, body: bytes) -> bytes:
    incoming, outgoing = TMemoryBuffer(body), TMemoryBuffer()
    try:
        processor.process(TBinaryProtocol(incoming), TBinaryProtocol(outgoing))
    except (TException, EOFError, ValueError, MemoryError) as error:
        seen = f"{type(error).__name__}: {error}"
        raise invalid(f"the body is no Thrift call in the binary protocol ({seen})") from error
    return outgoing.getvalue()


def _answer_class(call: str) -> type[Any]:
    """The class of a call's answer: in Thrift's own description the type of the result's only field, ``success``."""
    [success] = getattr(TCLIService, f"{call}_result").thrift_spec
    _id, _type, _name, (answer_class, _spec), _default = success
    return answer_class


class Answering:
    """The service, with every error turned into the answer's status, where clients look for it."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        answer = _answer_class(name)

        def call(request: Any) -> Any:
            try:
                return self._method(name)(request)
            except Exception as error:
                log.info("%s failed: %s", name, error)
                return answer(status=failed(error))

        return call

    def _method(self, name: str) -> Callable[[Any], Any]:
        # What the service leaves out it inherits from the interface, where it answers nothing.
        if name not in vars(Service):
            raise not_supported(f"the Thrift call {name}", "databricks-sql-connector does not make it")
        return getattr(self._service, name)
