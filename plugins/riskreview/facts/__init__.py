"""The facts room: dated, append-only statements about accounts, with the customer each account belongs to."""
