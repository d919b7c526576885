"""The program: everything that knows how the parts are put together."""

import os

__version__ = "0.1.0"

# Comparing photos is many small products, for which waking OpenBLAS's threads takes longer than the product
# (10 to 50 times, where other work wants the cores too). It is read once, when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
