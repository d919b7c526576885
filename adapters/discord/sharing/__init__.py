"""Discord by several processes: who has which shards (shards.py), what was missed (missed.py), photos (pointers.py)."""
