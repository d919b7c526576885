"""Speed and quality figures: each script prints one JSON line and says what it compares with."""
