"""Prices, implied vols and Greeks of single contracts: NumPy in, NumPy out, nothing read, nothing stored."""
