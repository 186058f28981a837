"""A proxy in front of the S3 server that counts fetched bytes and injects faults."""

from __future__ import annotations

import contextlib
import http.client
import re
import select
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable
from urllib.parse import urlsplit

DENIED = b"<Error><Code>AccessDenied</Code><Message>no longer</Message></Error>"
CONFLICT = b"<Error><Code>ConditionalRequestConflict</Code><Message>try again</Message></Error>"


@dataclass(frozen=True)
class Get:
    """A ranged GET of an object."""

    path: str
    start: int | None
    end: int
    """The first byte, None for a range from the end, and the byte after the last."""


class Proxy:
    """
    `fault(get)` decides about each ranged GET: None passes it on, `"denied"` responds 403, `"cut"` closes the connection in the
    middle of the response, `"stuck"` stalls there.

    `put_fault(path)` decides about each PUT: `"lost"` closes the connection after the server has responded, `"conflict"`
    responds 409 without asking it.
    """

    def __init__(self, url: str) -> None:
        self.backend = urlsplit(url)
        self.gets: list[Get] = []
        self.fetched = 0
        self.counting = threading.Lock()
        self.fault: Callable[[Get], str | None] = lambda get: None
        self.put_fault: Callable[[str], str | None] = lambda path: None
        self.stuck = threading.Event()
        self.url = ""


@contextlib.contextmanager
def proxy(url: str) -> Iterator[Proxy]:
    state = Proxy(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            get = _ranged_get(self)
            fault = None
            if get is not None:
                state.gets.append(get)
                fault = state.fault(get)
            elif self.command == "PUT":
                fault = state.put_fault(self.path)
            if fault == "conflict":
                self._send(409, {"Content-Type": "application/xml"}, CONFLICT)
                return
            backend = http.client.HTTPConnection(state.backend.hostname, state.backend.port)
            backend.request(self.command, self.path, body, dict(self.headers))
            answer = backend.getresponse()
            content = answer.read()
            backend.close()
            if fault == "lost":
                self.close_connection = True
                return
            if fault == "denied":
                self._send(403, {"Content-Type": "application/xml"}, DENIED)
                return
            kept = ("transfer-encoding", "connection", "content-length", "server", "date")
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in kept}
            if self.command == "HEAD":
                headers["Content-Length"] = answer.getheader("Content-Length", "0")
            if get is not None:
                with state.counting:
                    state.fetched += len(content)
            self._send(answer.status, headers, content, fault)

        def _send(
            self, status: int, headers: dict[str, str], content: bytes, fault: str | None = None
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if fault is None:
                self.wfile.write(content)
                return
            self.close_connection = True
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            if fault == "stuck":
                state.stuck.set()
                # Until the client disconnects.
                select.select([self.connection], [], [])

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Ignores errors, because clients may disconnect at any time."""

    with Server(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def _ranged_get(request: BaseHTTPRequestHandler) -> Get | None:
    found = re.fullmatch(r"bytes=(\d*)-(\d+)", request.headers.get("Range", ""))
    if request.command != "GET" or found is None:
        return None
    start, end = found.groups()
    return Get(request.path, int(start) if start else None, int(end) + 1)
