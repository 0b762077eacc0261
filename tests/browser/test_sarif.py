"""report.sarif is valid by the schema that is published with Microsoft's multitool."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
from pages import shop, view_of

from reports.knowledge import Knowledge
from reports.render_sarif import render_sarif

__all__ = ["shop"]  # a fixture


def test_sarif_is_valid(shop: Path) -> None:
    schema = json.loads(Path(os.environ["SARIF_SCHEMA"]).read_bytes())
    document = json.loads(render_sarif(view_of(shop), Knowledge(), "1.2.3"))
    jsonschema.validate(document, schema)
    assert document["runs"][0]["results"]
