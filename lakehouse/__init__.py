"""Passenger feedback lakehouse: survey files to satisfaction alerts. The version of the package stands here, once."""

__version__ = "0.1.0"
