"""The permission matrix: what each role may do in each app that ships, by every route."""
