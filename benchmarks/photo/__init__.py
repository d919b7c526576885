"""What a person waits for: a photo, and `/remember`."""

import bot  # noqa: F401 - it settles how many threads numpy takes, before numpy is loaded
