"""Suggestions over HTTP: interactions move states in a store on, and the next suggestion has seen them."""
