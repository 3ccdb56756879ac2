"""Where the maker of the record belonged when it was made."""

from __future__ import annotations

from tsuzuri.fields.system import Who


class CreatorAgency(Who):
    """It stays when the person moves on: the record belongs to the office, not to the person."""

    name = "creator_agency"
    column = "created_agency"
    entity = "agency"
