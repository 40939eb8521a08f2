"""Array kernels for the statistics of a visit; each module has one subject."""
