"""Models in a pool of machines: replicas of Ray Serve, asked by their handles, with no HTTP between.

The core's own lanes stay before them: they queue, take chats in turn, make batches, refuse when full or late. A lane's
worker hands each batch to the pool and waits for it there; which replica takes it is Serve's affair.
"""
