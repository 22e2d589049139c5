"""What is done about a customer's risk: typed measures with start, expiry and reversal, proposed by strategy and judged by their effect."""
