"""An object store on this machine: `python -m tests.support.processes.moto_store PORT` serves moto, as a process."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Its objects are written whatever conditions a request makes, as by stores that do not know them.
UNCONDITIONAL = "unconditional"


def _without_conditions(app: WSGIApplication) -> WSGIApplication:
    def serve(environ: WSGIEnvironment, respond: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(f"/{UNCONDITIONAL}/"):
            for condition in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"):
                environ.pop(condition, None)
        return app(environ, respond)

    return serve


if __name__ == "__main__":
    application = _without_conditions(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True)
