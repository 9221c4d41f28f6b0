"""Inference: what trained networks compute in use, under stored, re-estimated and forgotten statistics."""
