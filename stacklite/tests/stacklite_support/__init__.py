"""What stacklite's tests share: values of the real stack, oracles, damaged files, comparisons."""
