"""What encryption costs: `python -m benchmarks.keys`."""
