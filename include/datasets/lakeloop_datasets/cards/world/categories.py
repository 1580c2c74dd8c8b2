"""What is bought: how dear, when in the day and in the year, and how often online."""

from typing import NamedTuple

import numpy as np


class Category(NamedTuple):
    """A merchant category."""

    name: str
    weight: float  # share of honest payments, before a card's own taste
    median: float  # EUR
    sigma: float  # of the logarithm of amounts
    online: float  # share of payments made online; 0 and 1 are strict
    rounded: float  # share of amounts that are multiples of 5 EUR
    peaks: tuple[float, ...]  # local hours around which payments gather
    spread: float  # standard deviation around a peak, in hours
    saturday: float  # Saturdays and Sundays against other days
    busy_month: int  # when there is most of it
    swing: float  # up to how much more then, and less half a year away


CATEGORIES = (
    Category("grocery", 30, 28, 0.70, 0.06, 0.02, (11, 18.5), 2.0, 1.2, 12, 0.10),
    Category("restaurant", 17, 24, 0.60, 0.10, 0.12, (13.5, 21), 1.3, 1.5, 7, 0.15),
    Category("fuel", 9, 48, 0.40, 0.00, 0.40, (8, 18), 2.5, 0.9, 8, 0.20),
    Category("transport", 8, 9, 0.80, 0.45, 0.05, (8, 18), 2.0, 0.7, 10, 0.10),
    Category("pharmacy", 5, 17, 0.70, 0.08, 0.02, (11, 18), 2.5, 0.7, 1, 0.25),
    Category("fashion", 8, 46, 0.70, 0.40, 0.06, (12, 18.5), 2.2, 1.7, 12, 0.30),
    Category("electronics", 4, 75, 0.75, 0.50, 0.05, (12, 19), 3.0, 1.3, 12, 0.50),
    Category("home", 5, 50, 0.80, 0.40, 0.06, (12, 18), 3.0, 1.5, 4, 0.20),
    Category("jewellery", 1, 100, 0.80, 0.25, 0.15, (12, 18), 2.0, 1.4, 12, 0.60),
    Category("travel", 3, 110, 0.65, 0.80, 0.05, (12, 21), 3.5, 1.0, 6, 0.45),
    Category("entertainment", 6, 22, 0.70, 0.35, 0.20, (18, 23), 2.5, 1.8, 7, 0.10),
    Category("digital", 10, 7, 0.80, 1.00, 0.06, (14, 22), 4.0, 1.1, 12, 0.10),
    Category("marketplace", 7, 32, 0.90, 1.00, 0.03, (13, 21.5), 3.5, 1.1, 11, 0.35),
)
NAMES = [category.name for category in CATEGORIES]
WEIGHT = np.array([category.weight for category in CATEGORIES]) / sum(c.weight for c in CATEGORIES)
MEDIAN = np.array([category.median for category in CATEGORIES])
SIGMA = np.array([category.sigma for category in CATEGORIES])
ONLINE = np.array([category.online for category in CATEGORIES])
ROUNDED = np.array([category.rounded for category in CATEGORIES])
SATURDAY = np.array([category.saturday for category in CATEGORIES])
SWING = np.array([category.swing for category in CATEGORIES])
BUSY_DAY = np.array([30.4 * (category.busy_month - 0.5) for category in CATEGORIES])  # of the year
PEAKS = np.array([[category.peaks[0], category.peaks[-1]] for category in CATEGORIES])
SPREAD = np.array([category.spread for category in CATEGORIES])


def indexes(*names: str) -> np.ndarray:
    """The places of categories in `CATEGORIES`."""
    return np.array([NAMES.index(name) for name in names])
