"""The running program: its parts, their health, the platforms side by side, `doctor`."""
