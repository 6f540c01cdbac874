"""Rewrites of programs that keep or change what they do, to test that verdicts follow behaviour.

The rewrites work on Python's own syntax tree and know nothing of the auditor's parser, so that a
construct which the auditor misreads is not misread here in the same way.
"""
