"""Formatters, by the module names that butler configurations use."""
