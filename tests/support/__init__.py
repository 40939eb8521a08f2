"""Helpers of the task's tests; nothing here knows stacklite."""
