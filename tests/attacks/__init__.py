"""The catalogue of attacks, each tried over HTTP against a running server."""
