"""The WebSocket of our HTTP server: uvicorn's, on which only we speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

if TYPE_CHECKING:
    from websockets.frames import Frame

STOP_SECONDS = 2
"""For connections to close."""
REFUSED = b"HTTP/1.1 %b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
"""An answer to what is no request; it wants the status."""
_LARGEST_BACKLOG = 1 << 18  # bytes of pongs that wait for a peer that doesn't read
_MOST_PINGS = 100  # between two of ours


class SendOnlySocket(WebSocketsSansIOProtocol):
    """A WebSocket on which only we speak: whoever sends something is disconnected."""

    _pings = 0
    _refused = False

    def handle_text(self, event: Frame) -> None:  # noqa: ARG002 - uvicorn's signature
        """Close with 1008, policy violation."""
        self._fail(1008)

    def handle_bytes(self, event: Frame) -> None:  # noqa: ARG002 - as above
        """Close with 1003, unsupported data."""
        self._fail(1003)

    def handle_ping(self) -> None:
        """Answer it, as long as the answers are read and there aren't too many."""
        if self._refused:
            return
        super().handle_ping()
        self._pings += 1
        if self._pings > _MOST_PINGS:
            self._fail(1008)
        if self.transport.get_write_buffer_size() > _LARGEST_BACKLOG:
            self.transport.abort()

    def send_keepalive_ping(self) -> None:
        """Ask whether the peer is there still."""
        self._pings = 0
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """Let go of a peer that has gone silent; what it hasn't read, it won't."""
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        """Say goodbye, but not to a peer that has done so and hasn't read all yet, which uvicorn forgets."""
        if self.handshake_complete and not self.close_sent and self.conn.state is not State.OPEN:
            self.transport.close()
        else:
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Parse it; a request that is none for a WebSocket is refused, which uvicorn forgets."""
        if self._refused:
            return
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated and not self.transport.is_closing():
            self.transport.write(REFUSED % b"400 Bad Request")
            self.transport.close()

    def handle_parser_exception(self) -> None:
        """Send the close frame of the parser, and read on for a moment: else its peer would not get it."""
        if self.conn.close_sent is None:
            self.transport.abort()
        elif not self.close_sent:
            self._say_goodbye(self.conn.close_sent.code)

    def _fail(self, code: int) -> None:
        if not self.handshake_complete:
            self.transport.abort()
        elif not self.close_sent:
            self.conn.send_close(code, "nothing is expected here")
            self._say_goodbye(code)

    def _say_goodbye(self, code: int) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = self._refused = True
        self.stop_keepalive()
        self.close_timer = self.loop.call_later(STOP_SECONDS, self.transport.abort)
