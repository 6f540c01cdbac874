"""Follows values and learned states: what flowed from which tokens into which score."""
