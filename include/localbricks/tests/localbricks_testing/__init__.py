"""What the tests of localbricks share; no part of the package."""
