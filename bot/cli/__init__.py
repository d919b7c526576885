"""The command line, `python -m bot`: one file for each family of commands."""
