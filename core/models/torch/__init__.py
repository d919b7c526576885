"""Detectors and encoders that run on torch: imported only when one is configured (`pip install '.[rap]'`)."""
