"""Rapport's product without any platform: remember, retrieve, generate."""
