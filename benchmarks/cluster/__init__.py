"""Several bot processes on PostgreSQL, with kills: `python -m benchmarks.cluster`."""
