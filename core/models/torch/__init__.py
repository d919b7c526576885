"""Detectors and encoders that run on torch: the paper's CLIP and YOLO-World, DINOv2, zero-shot and ultralytics' models.

Importing any module of it imports torch (`pip install '.[rap]'`), so nothing is exported here: `bot.build` imports the
one that is configured.
"""
