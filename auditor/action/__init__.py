"""The check on GitHub: audits one pull request as git objects and reports where GitHub shows it.

The steps of `action.yml` are the subcommands of `python -m auditor.action`: `resolve` finds the
pull request, `audit` reads it and writes the reports, `comment` posts or updates the one comment.
Only `resolve` and `comment` are given a token; `audit`, which reads what strangers wrote, has none.
"""
