"""What the tests of eventfeatures share."""
