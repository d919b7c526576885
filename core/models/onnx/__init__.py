"""Detectors and encoders on ONNX Runtime: the base install, no torch."""
