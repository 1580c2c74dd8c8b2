"""A real scorer with three versions of one model."""
