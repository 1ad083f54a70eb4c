"""A camera watched: its pictures through the Analyzer, risk over time, events, and the clip that shows each."""
