"""Two pictures of one size become one: the subject's details, and its colours, under a new light."""
