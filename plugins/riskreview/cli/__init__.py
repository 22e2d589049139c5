"""The command line: parses arguments, calls one use case, shows what came out. Knows no rule."""
