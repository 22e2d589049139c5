"""Emergency plans in use: activated by signals, their steps assigned to named people, chased until done."""
