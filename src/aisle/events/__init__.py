"""Risk over time in, events out; and where news of them goes: a file, a web server, a broker, a mail."""

from aisle.events.alarm import Alarm, Policy
from aisle.events.sink import Sink, open_sink

__all__ = ["Alarm", "Policy", "Sink", "open_sink"]
