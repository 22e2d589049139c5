"""The identity room: which records of which systems are one customer, and which customers belong together."""
