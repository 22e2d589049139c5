"""The formats sanctions lists are published in, each read by one module into the same entries."""
