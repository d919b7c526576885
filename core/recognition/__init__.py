"""Who is in a photo: regions, embeddings, a chat's index, grades."""
