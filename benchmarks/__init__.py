"""Speed and quality, measured: fixed seeds, ratios where there is a peer. Never run by the tests."""
