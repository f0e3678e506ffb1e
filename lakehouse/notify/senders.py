"""Sends one message to one sink; the only code that speaks to the outside."""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage

import requests

from lakehouse.notify.delivery_error import DeliveryError
from lakehouse.notify.rendering import body_of
from lakehouse.notify.sinks import FolderSink, MailSink, Sink, WebhookSink
from lakehouse.places.whole_files import written_whole


def send(sink: Sink, notification_id: str, content: Mapping[str, object]) -> None:
    """Sends a message with its id, by which a receiver can drop a repetition. Raises `DeliveryError`."""
    match sink:
        case FolderSink():
            _write(sink, notification_id, content)
        case WebhookSink():
            _post(sink, notification_id, content)
        case MailSink():
            _mail(sink, notification_id, content)


def _write(sink: FolderSink, notification_id: str, content: Mapping[str, object]) -> None:
    try:
        sink.folder.mkdir(parents=True, exist_ok=True)
        with written_whole(sink.folder / f"{notification_id}.json") as part:
            part.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise DeliveryError(f"the file cannot be written: {error.strerror}") from error


def _post(sink: WebhookSink, notification_id: str, content: Mapping[str, object]) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": notification_id}
    if sink.token:
        headers["Authorization"] = f"Bearer {sink.token}"
    try:
        # A redirect could lead the message, and the token, to another host: none is followed.
        with requests.post(
            sink.url,
            data=body_of(content, sink.template),
            headers=headers,
            timeout=sink.timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            status = response.status_code
    except requests.Timeout as error:
        raise DeliveryError(f"no answer within {sink.timeout} s") from error
    except requests.exceptions.SSLError as error:
        raise DeliveryError("its certificate was not accepted") from error
    except requests.ConnectionError as error:
        raise DeliveryError("no connection") from error
    except requests.RequestException as error:
        # The text of these errors has the address, which may be a secret.
        raise DeliveryError(f"the request failed ({type(error).__name__})") from error
    if 300 <= status < 400:
        raise DeliveryError(f"it answered {status}, a redirect; these are not followed")
    if not 200 <= status < 300:
        raise DeliveryError(f"it answered {status}")


def _mail(sink: MailSink, notification_id: str, content: Mapping[str, object]) -> None:
    message = EmailMessage()
    message["Subject"] = str(content["subject"])
    message["From"], message["To"] = sink.sender, ", ".join(sink.recipients)
    message["Message-ID"] = f"<{notification_id}@{sink.sender.rpartition('@')[2]}>"
    message.set_content(f"{content['text']}\n")
    context = ssl.create_default_context()
    try:
        server = (
            smtplib.SMTP_SSL(sink.host, sink.port, timeout=sink.timeout, context=context)
            if sink.security == "tls"
            else smtplib.SMTP(sink.host, sink.port, timeout=sink.timeout)
        )
        with server:
            if sink.security == "starttls":
                server.starttls(context=context)
            if sink.user and sink.password:
                server.login(sink.user, sink.password)
            server.send_message(message)
    except TimeoutError as error:
        raise DeliveryError(f"no answer within {sink.timeout} s") from error
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"the mail server answered {error.smtp_code}") from error
    except smtplib.SMTPException as error:
        raise DeliveryError(f"the mail server refused ({type(error).__name__})") from error
    except OSError as error:
        raise DeliveryError("no connection to the mail server") from error
