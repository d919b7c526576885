"""Detectors and encoders on ONNX Runtime: the base install, no torch."""

import os

# ONNX Runtime would report its use to Microsoft and keep an id of this machine; it looks once, as it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
