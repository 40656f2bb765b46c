"""Measures how good the answers over a fixed set of questions are, why, and whether a change made them better."""
