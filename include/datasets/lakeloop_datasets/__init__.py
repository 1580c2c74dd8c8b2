"""Data to replay as they would have arrived: real ones into S3, simulated ones into Kafka."""

from lakeloop_datasets.registry import Dataset, Days, NoDatasetError, dataset, days

__all__ = ["Dataset", "Days", "NoDatasetError", "dataset", "days"]
