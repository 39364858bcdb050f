"""The routes under ``/ic-light``, and the pictures that a page lights."""
