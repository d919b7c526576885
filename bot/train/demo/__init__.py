"""`python -m bot train demo`: RAP's mechanism shown on a CPU, by a small model that is trained from nothing.

A world of coloured figures (`world`), sentences about them (`words`), samples of both (`lessons`), a model of a million
parameters that knows nothing yet (`untrained`), and what it says of figures, names and pictures that it has never seen.
"""
