"""Convolution: a small convolutional network, which of its values share one mean, and what is looked at of it."""
