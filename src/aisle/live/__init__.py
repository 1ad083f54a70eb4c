"""A camera watched: its pictures through the Analyzer, risk over time, events, and the clip that shows each."""

from aisle.live.watch import Listener, watch
from aisle.live.watcher import Watcher, kinds_of

__all__ = ["Listener", "Watcher", "kinds_of", "watch"]
