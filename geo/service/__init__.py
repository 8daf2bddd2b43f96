"""Use cases: one plain function each, over the ports of `geo.service.ports`."""
