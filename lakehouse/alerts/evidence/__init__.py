"""What the figures of a period say about each series, before other series and periods are looked at."""
