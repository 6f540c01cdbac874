"""Reads a pull request into an immutable `Submission`, from a folder or from git objects."""
