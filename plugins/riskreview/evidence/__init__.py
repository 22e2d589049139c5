"""What an auditor takes away: decisions performed once more, and packs that prove themselves without us."""
