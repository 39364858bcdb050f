"""The one kind of error that a person gets to read."""

from __future__ import annotations


class ICLightError(Exception):
    """A job that cannot be done, in one sentence for a person: what, which value, what to do.

    The WebUI hosts answer an HTTP request with an exception's own ``status_code`` and ``detail``
    where it has them, and show ``str(exception)`` in the page and in the log.

    :param sentence: the sentence.
    :param status_code: 422 when the request is at fault, 500 when the installation is.
    """

    def __init__(self, sentence: str, status_code: int = 422) -> None:
        super().__init__(sentence)
        self.detail = sentence
        self.status_code = status_code


def missing_packages(names: str, extra: str) -> ICLightError:
    """What to do where packages of an optional part are missing.

    :param extra: of this project's package.
    """
    return ICLightError(f'Not installed: {names}; run pip install -e ".[{extra}]" in IC-Light\'s folder.', 500)
