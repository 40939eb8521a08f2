"""Speed and memory of stacklite and of the task; see README.md."""
