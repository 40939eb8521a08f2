"""The one task of this package that visit summaries need: exposure summary statistics."""
