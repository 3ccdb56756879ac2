"""What tests stand on: a private PostgreSQL, a browser, and a closed door to the outside."""
