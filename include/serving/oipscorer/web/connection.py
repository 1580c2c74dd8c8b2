"""A connection that answers a small inference the moment its last byte has come.

uvicorn makes an ASGI task of every request: messages, futures and turns of the event loop that cost more than scoring a
row. A request that came whole, and needs nothing to be waited for, is answered within the callback that parsed it. All
others go uvicorn's way, as if nothing had happened.
"""

from typing import Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .replies import Headers


class AtOnce(Protocol):
    """The application, as far as it answers by itself."""

    def answers(self, method: bytes, url: bytes, headers: Headers) -> bool:
        """Whether a request may be one for `at_once`."""

    def at_once(self, url: bytes, headers: Headers, body: bytes) -> bytes | None:
        """The whole answer, or None for a request that has to go the general way."""


class InferenceConnection(HttpToolsProtocol):
    """Holds a request back until `data_received` ends: by then it was answered, or it goes the general way."""

    _held = False
    _body = b""

    def data_received(self, data: bytes) -> None:
        """A request of which more is to come, and any after an unfinished one, are the general way's."""
        super().data_received(data)
        if self._held and not self.transport.is_closing():
            self._hand_over()

    def on_headers_complete(self) -> None:
        self._held, self._body = self._may_be_answered_at_once(), b""
        if not self._held:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._held:
            self._body = self._body + body if self._body else body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._held:
            super().on_message_complete()
            return
        application: AtOnce = self.app
        answer = application.at_once(self.url, self.headers, self._body)
        if answer is None:
            self._hand_over()
            super().on_message_complete()
        else:
            self._held = False
            self.transport.write(answer)
            self.on_response_complete()

    def _may_be_answered_at_once(self) -> bool:
        idle = (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused
        plain = not self.expect_100_continue and self.parser.should_keep_alive()
        application: AtOnce = self.app
        return idle and plain and application.answers(self.parser.get_method(), self.url, self.headers)

    def _hand_over(self) -> None:
        self._held = False
        super().on_headers_complete()
        if self._body:
            super().on_body(self._body)
