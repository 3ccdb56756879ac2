"""From a JSON definition to an :class:`~tsuzuri.definitions.model.App`."""
