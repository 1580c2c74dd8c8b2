"""What each feature is worth: what predictions lose without it, and the seconds that computing it takes."""
