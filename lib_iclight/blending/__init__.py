"""Two pictures of one size become one: the subject's details under a new light."""
