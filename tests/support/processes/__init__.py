"""Processes, servers and disks that tests start and end: each on this machine, ended by its id."""
