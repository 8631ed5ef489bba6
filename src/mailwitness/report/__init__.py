"""What a case says, for people and for other programs: one account, one module per output. Reads only."""
