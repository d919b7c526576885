"""Untrusted bytes to safe pixels, and pictures made of them: crops, annotations, contact sheets."""
