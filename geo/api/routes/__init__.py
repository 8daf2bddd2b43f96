"""One module a group of routes; each route calls one use case."""
