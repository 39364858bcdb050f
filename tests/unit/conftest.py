from tests.unit.downloading import downloads, hub

__all__ = ["downloads", "hub"]
