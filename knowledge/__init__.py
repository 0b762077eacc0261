"""Facts as data: deprecations and releases. The modules beside the data measure it again (``nox -s knowledge``)."""
