"""Runs models off the event loop: fair bounded queues, eager batches, one worker thread for each device.

`Executor` makes the lanes; `ModelGateway` is how photos reach detectors and encoders.
"""

from core.executor.executor import Executor
from core.executor.gateway import ModelGateway

__all__ = ["Executor", "ModelGateway"]
