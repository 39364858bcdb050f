from tests.components.small_a1111 import sampling

__all__ = ["sampling"]
