"""Owns finding through which channels a person is told, and who hears of it when a person cannot be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from riskreview.notifications.grouping import NO_CHANNEL
from riskreview.policy.channels import Channel, Channels
from riskreview.policy.team import Person, Team


@dataclass(frozen=True, slots=True)
class Directory:
    """The team and the channels, as one place to ask for routes.

    :param day: decides who is absent and who has the final duty.
    """

    team: Team
    channels: Channels
    day: date
    language: str

    def routes(self, audience: Iterable[str], urgency: str, *, avoid: str | None = None) -> tuple[tuple[str, str], ...]:
        """Return (person, channel) pairs for an audience, each pair once.

        A stranger's messages go to the final duty role, so that nothing is lost. ``avoid`` leaves a channel out where the
        person has another.
        """
        found: dict[tuple[str, str], None] = {}
        for name in audience:
            person = self.team.person(name) or self._final()
            for channel in self._channels_of(person, urgency, avoid):
                found[person.id, channel] = None
        return tuple(found)

    def with_stand_ins(self, audience: Sequence[str]) -> tuple[str, ...]:
        """Return an audience and, for everybody in it who is absent today, somebody who is there."""
        others = [self.team.stand_in(name, self.day) for name in audience]
        return tuple(dict.fromkeys((*audience, *(name for name in others if name))))

    def channel_for(self, person: str, name: str) -> Channel | None:
        """Return a channel as the person wants to use it, None for one that is not in the file."""
        channel, found = self.channels.channels.get(name), self.team.person(person)
        return channel if channel is None or found is None else channel.preferred_by(name, found.preferences)

    def known_channels(self, person: str) -> tuple[str, ...]:
        """Return the channels of a person, the preferred one first."""
        found = self.team.person(person)
        return tuple(name for name in found.channels if name in self.channels.channels) if found else ()

    @property
    def longest_digest_minutes(self) -> int:
        """The longest time anybody may have to wait for a digest."""
        own = [person.preferences.digest_minutes or 0 for person in self.team.persons]
        return max(*own, *(channel.digest_minutes for channel in self.channels.channels.values()))

    def address(self, person: str, channel: str) -> str | None:
        """Return the person's address on a channel, or None when there is none any more."""
        found = self.team.person(person)
        return found.channels.get(channel) if found else None

    def language_of(self, person: str) -> str:
        """Return the language messages to a person are written in."""
        found = self.team.person(person)
        return found.language if found else self.language

    def zone_of(self, person: str) -> str:
        """Return the time zone of a person."""
        found = self.team.person(person)
        return found.time_zone if found else "UTC"

    def _final(self) -> Person:
        owner = self.team.on_duty(self.team.final_duty_role, self.day).owner
        return self.team.by_name()[owner]

    def _channels_of(self, person: Person, urgency: str, avoid: str | None) -> tuple[str, ...]:
        known = self.known_channels(person.id)
        carrying = [name for name in known if self._carries(person, name, urgency)] or list(known[:1])
        others = [name for name in known if name != avoid]
        if avoid is not None and others:
            carrying = [name for name in carrying if name != avoid] or others[:1]
        return tuple(carrying) or (NO_CHANNEL,)

    def _carries(self, person: Person, name: str, urgency: str) -> bool:
        channel = self.channel_for(person.id, name)
        return channel is not None and channel.carries(urgency)
