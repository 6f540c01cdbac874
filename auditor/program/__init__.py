"""Turns source text, packed or plain, into a small intermediate representation."""
