"""Serves moto on 127.0.0.1:PORT until its standard input ends.

moto's own server answers requests on several threads without a lock: another write may come between the condition of a
conditional write and its effect. DynamoDB's writes are atomic, so here requests are answered one at a time.
"""

import os
import sys
import threading

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import run_simple

app = DomainDispatcherApplication(create_backend_app)
lock = threading.Lock()


class QuietHandler(MotoRequestHandler):
    """Logs no requests."""

    def log_request(self, code="-", size="-"):
        """Does nothing."""


def one_at_a_time(environ, start_response):
    """Serializes requests."""
    with lock:
        return list(app(environ, start_response))


def end_with_input() -> None:
    """Exits when the parent process has exited."""
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_input, daemon=True).start()
    run_simple("127.0.0.1", int(sys.argv[1]), one_at_a_time, threaded=True, request_handler=QuietHandler)
