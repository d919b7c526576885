"""What is left of a store when its file is damaged or lost: the ledger of what was forgotten, checks, backups."""
