"""From a message about a customer to a landed batch: events by web hook, queue or command, each received once."""
