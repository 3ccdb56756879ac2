"""Small municipalities to test in: people, agencies, apps and records on a real database."""
