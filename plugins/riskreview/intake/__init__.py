"""Takes extracts in: finds them, keeps their bytes, reads them as text, types them by their mapping, refuses what does not fit."""
