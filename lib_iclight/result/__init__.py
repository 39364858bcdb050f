"""What is done to a picture that a model has relit: the subject's own details, colours and background given back."""
