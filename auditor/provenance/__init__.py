"""Whether the logs of a submission were printed by its script, and agree with themselves."""
