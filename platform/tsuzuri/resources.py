"""Where the folders of data that ship with the program are; nothing else computes a path.

In a checkout `apps`, `schemas` and `templates` stand at the top, where people edit them. The
wheel carries the same folders beside the code, under `_shipped`. `static` and `translations`
belong to the code and are inside the package in both.
"""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent
_SHIPPED: Final = PACKAGE / "_shipped"
_ROOT: Final = _SHIPPED if _SHIPPED.is_dir() else PACKAGE.parent.parent

APPS: Final = _ROOT / "apps"
SCHEMAS: Final = _ROOT / "schemas"
TEMPLATES: Final = _ROOT / "templates"
STATIC: Final = PACKAGE / "static"
TRANSLATIONS: Final = PACKAGE / "translations"
