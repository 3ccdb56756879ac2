"""HTML over HTTP: thin views over the services."""
