from tests.components.a1111_host import a1111
from tests.components.small_a1111 import sampling

__all__ = ["a1111", "sampling"]
