"""Owns telling the data engineer of a stored model that cannot be read and that nothing rests on: everything else goes on without it."""

from datetime import date
from typing import Literal

from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.validation import people

Bystander = Literal["class_change", "challenger"]
"""What predicts changes of class, and what is shown beside the champion."""


def tell_unreadable(services: Services, model: Bystander, *, on_day: date) -> None:
    """Tell it, once a day."""
    told = OutboxEvent(f"model_unreadable:{model}:{on_day}", "model_unreadable", "model", model, "high",
                       people.audience(services.instance, on_day), {"as_of": on_day.isoformat(), "model": model})  # fmt: skip
    with transaction(services.engine) as connection:
        enqueue(connection, [told], at=services.clock.now())
