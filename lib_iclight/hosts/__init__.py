"""The hosts that the extension runs in: one file a family, told apart by what they can do."""
