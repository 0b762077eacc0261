"""``python inventory.py``: what is installed, the import names that it brought, where packages go, as JSON."""

import json
import re
import sysconfig

try:
    from importlib import metadata
except ImportError:  # pragma: no cover - no supported Python
    metadata = None


def main():
    """Print ``{"distributions": {name: version}, "modules": {import name: distribution}, "purelib": folder}``."""
    distributions, modules = {}, {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if not name:
            continue
        name = re.sub(r"[-_.]+", "-", name).lower()
        if name in distributions:  # an earlier folder of the path hides this one
            continue
        distributions[name] = distribution.version
        for module in _import_names(distribution):
            modules.setdefault(module, name)
    found = {"distributions": distributions, "modules": modules, "purelib": sysconfig.get_paths()["purelib"]}
    print(json.dumps(found, sort_keys=True))


def _import_names(distribution):
    names = set((distribution.read_text("top_level.txt") or "").split())
    for file in distribution.files or ():
        parts = file.parts
        if len(parts) > 1 and parts[-1].endswith((".py", ".so", ".pyd")) and parts[0] != "..":
            names.add(parts[0])
        elif len(parts) == 1 and parts[0].endswith((".py", ".so", ".pyd")):
            names.add(parts[0].split(".")[0])
    return sorted(name for name in names if name.isidentifier())


if __name__ == "__main__":
    main()
