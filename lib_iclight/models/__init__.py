"""Files of weights: where they come from, how they are found, told apart, checked and read once."""
