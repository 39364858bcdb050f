"""What a person can ask for: every option once, and what derives from that."""
