"""Why a message could not be delivered."""

from __future__ import annotations


class DeliveryError(Exception):
    """A message was not delivered. The text names neither the address nor a secret, for it is stored and shown."""
