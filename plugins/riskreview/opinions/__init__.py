"""What people say about a customer's class beside the figures: proposed, decided by another, in force, ended, judged by outcome."""
