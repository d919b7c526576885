"""Pictures that tests save with real encoders, and what they hold."""
