"""Measuring how well Rapport recognises and answers: the experiments behind `python -m bot eval`."""
