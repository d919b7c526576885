"""The local web chat: a small server and a page that needs nothing from anywhere else."""
