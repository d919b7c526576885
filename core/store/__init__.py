"""The concept store: what each chat was told, in a SQL database."""
