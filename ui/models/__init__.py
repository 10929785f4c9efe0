"""ui/models/ — what lists and tables show: paged and short models, columns and choices as data, page pictures."""
