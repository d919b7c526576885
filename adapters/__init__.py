"""One file or small folder per platform: platform event ⇄ `Message` and `Reply`."""
