"""Cities where cards live, shop and travel: real coordinates, in degrees, and standard time without daylight saving."""

import numpy as np

# name, country (ISO 3166-1), latitude, longitude, hours ahead of UTC, weight as a home (0: only travelled to)
CITIES = (
    ("Madrid", "ES", 40.417, -3.704, 1, 8.0),
    ("Barcelona", "ES", 41.385, 2.173, 1, 6.0),
    ("Valencia", "ES", 39.470, -0.376, 1, 3.0),
    ("Sevilla", "ES", 37.389, -5.984, 1, 3.0),
    ("Bilbao", "ES", 43.263, -2.935, 1, 2.0),
    ("Paris", "FR", 48.857, 2.352, 1, 7.0),
    ("Lyon", "FR", 45.764, 4.836, 1, 3.0),
    ("Lisbon", "PT", 38.722, -9.139, 0, 4.0),
    ("Porto", "PT", 41.158, -8.629, 0, 2.0),
    ("Milan", "IT", 45.464, 9.190, 1, 4.0),
    ("Munich", "DE", 48.137, 11.575, 1, 4.0),
    ("Amsterdam", "NL", 52.370, 4.895, 1, 3.0),
    ("London", "GB", 51.507, -0.128, 0, 0.0),
    ("Vienna", "AT", 48.208, 16.374, 1, 0.0),
    ("Athens", "GR", 37.984, 23.728, 2, 0.0),
    ("Marrakesh", "MA", 31.630, -7.981, 1, 0.0),
    ("Istanbul", "TR", 41.008, 28.978, 3, 0.0),
    ("New York", "US", 40.713, -74.006, -5, 0.0),
    ("Miami", "US", 25.762, -80.192, -5, 0.0),
    ("Mexico City", "MX", 19.433, -99.133, -6, 0.0),
    ("Dubai", "AE", 25.204, 55.271, 4, 0.0),
    ("Bangkok", "TH", 13.756, 100.502, 7, 0.0),
)
COUNTRY = np.array([city[1] for city in CITIES], dtype=object)
LATITUDE = np.array([city[2] for city in CITIES])
LONGITUDE = np.array([city[3] for city in CITIES])
UTC_OFFSET = np.array([city[4] for city in CITIES])
HOME_WEIGHT = np.array([city[5] for city in CITIES]) / sum(city[5] for city in CITIES)

EARTH_KM = 6371.0088  # mean radius, IUGG


def distance_km(
    latitude: np.ndarray, longitude: np.ndarray, to_latitude: np.ndarray, to_longitude: np.ndarray
) -> np.ndarray:
    """Great-circle distance in km between points in degrees, by the haversine formula; arguments broadcast."""
    a, b = np.radians(latitude), np.radians(to_latitude)
    half = np.radians(to_longitude - longitude) / 2
    chord = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(half) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(chord))


BETWEEN_KM = distance_km(LATITUDE[:, None], LONGITUDE[:, None], LATITUDE[None], LONGITUDE[None])
