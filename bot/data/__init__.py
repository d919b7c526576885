"""RAP's data pipeline: from labelled photos to the samples that teach a model to use what was retrieved.

Source: RAP, https://arxiv.org/abs/2410.13360, section 3.3 and appendices C and D. The paper's own code for it was never
released.
"""
