"""JSON Lines on standard input and output: for scripts, and for bridges to other platforms."""
