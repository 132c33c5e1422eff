"""Events on their way to others: a stream that carries the lines of many runs."""

from events.bus.port import Bus, Consumer, Delivery, Held, Message, Publisher
from events.bus.settings import NatsSettings, StreamSettings

__all__ = ["Bus", "Consumer", "Delivery", "Held", "Message", "NatsSettings", "Publisher", "StreamSettings"]
