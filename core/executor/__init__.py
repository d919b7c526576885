"""Runs models off the event loop: fair bounded queues, eager batches, one worker for each device."""
