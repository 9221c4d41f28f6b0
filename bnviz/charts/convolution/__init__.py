"""Charts of the convolutional networks."""
