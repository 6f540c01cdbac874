"""The rules of the challenge, one file each."""
