"""Facts from metadata, documentation and logs, each with the line that states it."""
