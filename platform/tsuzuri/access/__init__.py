"""Who may see and do what: the one gate."""
