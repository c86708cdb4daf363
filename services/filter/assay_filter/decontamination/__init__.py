"""Finds evaluation items in training samples, by exact text and by weighted n-grams."""
