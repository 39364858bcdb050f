"""IC-Light for WebUI: relights a photograph. The core of the extension, free of any host's imports."""

__version__ = "0.1.0"
