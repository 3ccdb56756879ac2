"""Tables, SQL and the search index; the only layer that knows SQLAlchemy."""
