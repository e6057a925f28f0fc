"""Work that goes on without a viewer: its rows, leases and promises."""
