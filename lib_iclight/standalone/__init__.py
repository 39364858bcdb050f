"""The main job without a WebUI: command line, page and HTTP API over two engines."""
