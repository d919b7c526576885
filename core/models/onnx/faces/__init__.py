"""Faces: where they are in a photo, and the embeddings by which one person's are told from others'."""
