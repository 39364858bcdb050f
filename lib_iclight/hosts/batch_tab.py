"""img2img's batch tab, which makes one generation after the other of the same ``p``, until one raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts import generation
from lib_iclight.hosts.img2img import known_pictures
from lib_iclight.request.sentences import sentence_of

OF_A_PICTURE = {
    code.name.lower()
    for code in (
        ErrorCode.SUBJECT_NOT_FOUND,
        ErrorCode.EMPTY_MATTE,
        ErrorCode.PICTURE_NOT_DECODABLE,
        ErrorCode.PICTURE_TOO_LARGE,
        ErrorCode.PICTURE_TOO_NARROW,
    )
}
"""What can be wrong with one picture and not with the next."""

_SKIPPED = "ic_light_skipped"
_FIRST = "ic_light_first_result"


def is_batch_tab(p: Any) -> bool:
    """Whether this is one of the batch tab's pictures: it begins without any."""
    return None in known_pictures(p)


def ends_only_its_picture(p: Any, error: Exception) -> bool:
    """Whether the other pictures of a batch can still be made after an error before the sampling."""
    return is_batch_tab(p) and getattr(error, "code", None) in OF_A_PICTURE


def skip(p: Any, error: Exception) -> None:
    """Let a generation whose ``p.init`` is still to come give no picture; ``finish`` has to follow."""
    # The sentences alone: an error's traceback refers to ``p``.
    said = str(error), sentence_of(error)
    generation.replace_for_one_call(p, "init", lambda p, *args: _leave_out(p, *said))


def check_after_init(p: Any, check: Callable[[Any], None]) -> None:
    """Have one of the batch tab's pictures checked for what is known of it once ``p.init`` has run.

    :param check: is given ``p``. Where it raises what can be wrong with one picture, that one is skipped.
    """
    if not is_batch_tab(p):
        return

    def init(p: Any, *args: Any) -> None:
        p.init(*args)
        try:
            check(p)
        except ICLightError as error:
            if not ends_only_its_picture(p, error):
                raise
            _leave_out(p, str(error), sentence_of(error))

    generation.replace_for_one_call(p, "init", init)


def _leave_out(p: Any, logged: str, shown: str) -> None:
    log.logger.error("%s", logged)
    setattr(p, _SKIPPED, ({"n_iter": p.n_iter, "do_not_save_grid": p.do_not_save_grid}, shown))
    p.n_iter, p.do_not_save_grid = 0, True


def finish(p: Any, processed: Any) -> None:
    """Say which picture was skipped, and put back what that has changed, for the next one."""
    if not is_batch_tab(p):
        return
    # The page shows the first result's comments.
    first = vars(p).setdefault(_FIRST, processed)
    before, sentence = vars(p).pop(_SKIPPED, ({}, None))
    vars(p).update(before)
    if sentence is not None:
        # Hosts put the infotexts of all together, one for each picture.
        processed.infotexts.clear()
        first.comments += f"One picture was left out. {sentence}\n"
