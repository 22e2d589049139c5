"""Owns one finding that holds a whole batch, and its sentence."""

from dataclasses import dataclass

from riskreview.foundation.errors import BadInput
from riskreview.validation import bad_inputs


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a batch is held: counts and columns only, never values of customers."""

    code: str
    found: str

    def sentence(self, source_id: str) -> str:
        """Return code, source, what was found and the repair as one line."""
        return str(BadInput(self.code, self.found, bad_inputs.repair(self.code), source_id))
