"""What a control offers to choose from: options of the field, or people of the directory."""

from __future__ import annotations

from collections.abc import Sequence

from tsuzuri.errors import message
from tsuzuri.fields.base import Control, Field, Scene
from tsuzuri.fields.traits import People, Staged
from tsuzuri.storage.people import Directory
from tsuzuri.web.form_items import Choice
from tsuzuri.web.render import sentence

Groups = list[tuple[str, list[Choice]]]


YES_NO = (("true", message("はい")), ("false", message("いいえ")))


def choices_of(field: Field, scene: Scene) -> list[Choice]:
    """Return the options an author listed; each is its own name, but for a status of a process."""
    widget = field.kind.widget(field)
    if widget.control is Control.SWITCH:
        return [(value, sentence(word)) for value, word in YES_NO]
    if isinstance(field.trait, Staged):
        return [(one, field.kind.show(field, one, scene)) for one in widget.choices]
    return [(one, one) for one in widget.choices]


def people(directory: Directory, field: Field, scene: Scene) -> Groups:
    """Return whom a field may name, in groups with a heading; no heading where one suffices."""
    trait = field.trait
    return entity(directory, trait.entity, scene) if isinstance(trait, People) else []


def entity(directory: Directory, name: str, scene: Scene) -> Groups:
    """Return all users, agencies or groups the reader may know of, to choose from.

    ``directory`` is the reader's own (``Platform.directory_for``).
    """
    return _LISTS[name](directory, scene)


def _agencies(directory: Directory, scene: Scene) -> Groups:
    return [("", [(code, scene.name("agency", code)) for code in directory.agencies])]


def _groups(directory: Directory, scene: Scene) -> Groups:
    return [("", [(code, scene.name("group", code)) for code in directory.groups])]


def _users(directory: Directory, scene: Scene) -> Groups:
    """Group people by their primary agency, in the agencies' order."""
    found: dict[str, list[Choice]] = {code: [] for code in directory.agencies}
    for user in sorted(directory.users.values(), key=lambda user: (user.kana, user.code)):
        if user.active:
            agency = user.agencies[0] if user.agencies else ""
            found.setdefault(agency, []).append((user.code, user.name))
    return [(scene.name("agency", code), users) for code, users in found.items() if users]


_LISTS = {"agency": _agencies, "group": _groups, "user": _users}


def with_chosen(groups: Groups, chosen: Sequence[str], field: Field, scene: Scene) -> Groups:
    """Return the groups with what is chosen but no longer offered, so that it is not lost."""
    offered = {value for _, choices in groups for value, _ in choices}
    gone = [one for one in chosen if one and one not in offered]
    if not gone:
        return groups
    trait = field.trait
    names = [
        (one, scene.name(trait.entity, one) if isinstance(trait, People) else one) for one in gone
    ]
    return [*groups, ("", names)]
