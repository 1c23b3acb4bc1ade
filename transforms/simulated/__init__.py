"""A market that never was: SPX, VIX and their options made from a seed, written as the vendors write them.

It is the witness against our own pricing: nothing here calls our implied vols, our surface, our forwards or our VIX.
Everything is a pure function of the seed. What it assumes and how close it comes: docs/simulated-market.md.
"""
