"""The reference trainer and evaluator that verification trusts."""
