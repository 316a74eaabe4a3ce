"""What runs: building and caching of native code, ranks, windows, launches, and the comparison with an oracle."""
