"""Records in and out of JSON, forms and CSV; the only layer that knows marshmallow."""
