"""The ratio library: published models and plain ratios over arrays of statements, one element per customer."""
