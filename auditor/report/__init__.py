"""Renders an audit for people and for machines; everything from a submission is escaped here."""
