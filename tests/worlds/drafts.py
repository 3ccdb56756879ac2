"""Drafts of definitions, and the forms that are sent about them."""

from __future__ import annotations

import json
from typing import Any

from tsuzuri.definitions.model import App
from tsuzuri.services import drafting
from tsuzuri.storage.identity import new_ids
from worlds.town import World


def drafted(world: World, app: App, *, changed: bool = False) -> dict[str, Any]:
    """Return what a page sends about an app's definition as it is published, or as changed."""
    platform = world.platform
    access = platform.admit(world.actor("mori"), app.code)
    now = drafting.opened(platform, access)
    if changed:
        document = {**now.document, "description": f"説明{new_ids.new()}"}
        drafting.keep(platform, access, document, mark=now.mark)
        now = drafting.opened(platform, access)
    text = json.dumps(now.document, ensure_ascii=False)
    return {"form": {"mark": now.mark, "field": "tel", "text": text}, "field": "tel"}
