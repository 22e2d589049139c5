"""riskreview keeps a company's high-risk customers under scheduled review."""

__version__ = "0.1.0"
