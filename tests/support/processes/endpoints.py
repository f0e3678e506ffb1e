"""Endpoints on this machine that take events by HTTP: one that answers, one that hangs, one that is dead."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_HOST = "127.0.0.1"


@dataclass
class Endpoint:
    """What a server took: the bodies, and path and headers of the last request."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def answering(status: int = 201, **answered: str) -> Iterator[Endpoint]:
    """A server that takes every request, and answers it with the status and these headers."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            endpoint.path, endpoint.headers = self.path, dict(self.headers)
            endpoint.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            for name, value in {"Content-Length": "0", **answered}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer((_HOST, 0), Handler)
    endpoint.url = f"http://{_HOST}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def hanging() -> Iterator[str]:
    """The address of a server that takes connections, and never answers."""
    with socket.create_server((_HOST, 0)) as listening:
        yield f"http://{_HOST}:{listening.getsockname()[1]}"


def dead() -> str:
    """An address at which nothing listens."""
    with socket.create_server((_HOST, 0)) as listening:
        return f"http://{_HOST}:{listening.getsockname()[1]}"
