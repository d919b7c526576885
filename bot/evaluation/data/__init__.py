"""Labelled photos and question files to measure on: readers, values, splits."""
