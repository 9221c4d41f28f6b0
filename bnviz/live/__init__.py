"""Between a Trainer and a browser: workers that train, a hub that knows who runs where, wire format and routes."""
