"""`make attack`: everything hostile that we know, against running bots, and a table of what held."""
