"""Real data, replayed into S3 as it would have arrived."""

from lakeloop_datasets.registry import Dataset, NoDatasetError, dataset

__all__ = ["Dataset", "NoDatasetError", "dataset"]
