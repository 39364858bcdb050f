"""The one kind of error that a person gets to read, and the list of what can be wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

_MENTIONED = re.compile("\ue000([^\ue000]+)\ue000([^\ue000]*)\ue000")


def mention(option: str, choice: str = "") -> str:
    """An option, or a choice of it, in the sentence of an ``ICLightError``: programs read its key, the page its label.

    :param option: its key.
    :param choice: its key.
    """
    return f"\ue000{option}\ue000{choice}\ue000"


def _say_key(option: str, choice: str) -> str:
    return repr(choice) if choice else option


class ErrorCode(Enum):
    """What can be wrong, by kind; the name in small letters is the stable code that an HTTP answer carries.

    :ivar status: the HTTP status: 422, 413 or 408 the request is at fault, 500 the installation is, 404 it is gone;
        429 and 503 it may be asked again.
    :ivar meaning: for a person, in whole sentences.
    :ivar remedy: what to do, likewise.
    """

    def __init__(self, status: int, meaning: str, remedy: str) -> None:
        self.status = status
        self.meaning = meaning
        self.remedy = remedy

    UNKNOWN_OPTION = (422, "No option has that name.", "Correct the name; `GET /ic-light/schema` lists the options.")
    UNKNOWN_FIELD = (
        422,
        "The route, or the server without a WebUI, has no such field, script or setting.",
        "Leave it out, or correct its name; `/docs` lists the fields of each route.",
    )
    VALUE_NOT_ALLOWED = (
        422,
        "A value is of the wrong type, outside its bounds, or none of the choices.",
        "Give one of the values that the sentence names.",
    )
    BODY_NOT_JSON = (
        422,
        "What a route was sent is no JSON object, such as a form, or one that is too deep or has too many values.",
        "Send one JSON object; pictures are in base64 inside it.",
    )
    BODY_TOO_LARGE = (413, "A request has more bytes than are read.", "Make its pictures smaller, or send fewer.")
    BODY_STALLED = (408, "A request began, and the rest of it did not come for a minute.", "Send it again.")
    STOPPED = (422, "Somebody interrupted or skipped the generation before a picture was made.", "Ask again.")
    QUEUE_FULL = (
        429,
        "As many requests wait at `serve` as it lets (`--queue`), or their bodies have as many bytes as it lets.",
        "Ask again after the seconds that `Retry-After` names, or let more wait (`--queue`, `--cache-memory`).",
    )
    SERVER_STOPPING = (
        503,
        "The server was told to stop: what is being done ends, and nothing new begins.",
        "Ask again once it is started.",
    )
    NO_WORKER = (
        503,
        "`serve --ray` has no worker now: none has begun yet, or those that were there ended and none begins.",
        "Ask again later; `ray status` on the machine tells what the cluster lacks.",
    )
    INTERNAL_FAULT = (
        500,
        "Something failed that nobody foresaw; the log says where.",
        "Report it with the log. The next request is answered.",
    )
    CANVAS_TOO_LARGE = (
        422,
        "The pictures that are to be made have more pixels than are made at once, or for one request.",
        "Ask for a smaller size or a smaller scale of Hires. fix, or for fewer pictures.",
    )
    NOT_SUPPORTED = (
        422,
        "A WebUI or the other engine may do it; the engine that was asked does not.",
        "Leave it out, do what the sentence offers instead, or use the other engine or a WebUI.",
    )
    FIELDS_CONFLICT = (
        422,
        "Two parts of the request exclude each other.",
        "Leave one of them out, or set it as the sentence says.",
    )
    NO_SUBJECT = (
        422,
        "IC-Light is on and has no picture to relight.",
        "Give a picture (*Subject*, `foreground`, or `image` in a route), or switch IC-Light off.",
    )
    NO_INIT_IMAGES = (422, "img2img was asked for without a picture.", "Give at least one as `init_images`.")
    SUBJECT_NOT_FOUND = (
        422,
        "The matting found no subject in the picture: nothing in it stands out, as in a texture or a single colour.",
        "Give a mask that is white on the subject, choose another matting, or set it to `none` to relight all of it.",
    )
    EMPTY_MATTE = (
        422,
        "The mask is black, the picture is transparent all over, or the matting left nothing of it.",
        "Give a mask that is white on the subject.",
    )
    MASK_DOES_NOT_FIT = (
        422,
        "The mask has other proportions than the picture that it belongs to: stretched, it would keep other parts.",
        "Give a mask of the picture's size, or of another size in its proportions.",
    )
    NORMAL_MAP_DOES_NOT_FIT = (
        422,
        "The normal map has other proportions than the subject's picture.",
        "Give a normal map of the picture's size, or of another size in its proportions.",
    )
    ANNOTATOR_NOT_FOUND = (
        422,
        "The WebUI has no such network for normals; Forge and its kin bring some along, ControlNet has others.",
        "Name one of those in the sentence, install ControlNet, or give a normal map.",
    )
    ANNOTATOR_FAILED = (
        500,
        "The WebUI's network for normals failed, mostly since its file could not be downloaded.",
        "See the log; put the file where the WebUI looks for it, or give a normal map.",
    )
    NO_BACKGROUND = (
        422,
        "A background picture is needed and was not given.",
        "Give one; for the model `fbc` a light other than `none` stands in for it.",
    )
    NO_LIGHT = (
        422,
        "The light that was chosen has nothing to be drawn from: no lamp, no light map, or it is `none`.",
        "Add a lamp, give a light map, or choose another light.",
    )
    SETUP_NOT_READABLE = (
        422,
        "What was given as a file of set-ups is none, or has a part that is not known or not allowed; or a picture's "
        "parameters have no light that lamps can give.",
        "Give a file that IC-Light wrote, or correct what the sentence names.",
    )
    TABLE_NOT_READABLE = (
        422,
        "A table of pictures, or a line of it, cannot be read, or has a part that is not known or not allowed.",
        "Correct the line that is named; the other lines are done.",
    )
    BASIS_NOT_READABLE = (
        422,
        "What was given as the pictures of a light stage is none, lacks a part, or is of another version.",
        "Give a folder or file that IC-Light wrote.",
    )
    PICTURE_NOT_DECODABLE = (
        422,
        "What was given as a picture is none that can be read: no base64, another file format, damaged, animated or "
        "without a pixel.",
        "Save the picture anew as PNG or JPEG and give its base64 text. Paths and URLs are never read.",
    )
    PICTURE_TOO_LARGE = (422, "The picture has more bytes or pixels than are read.", "Make it smaller first.")
    PICTURE_TOO_NARROW = (
        422,
        "The picture is so long and narrow that to cover the wanted size it would have to be enlarged beyond measure.",
        "Crop it first.",
    )
    PICTURE_EXPIRED = (
        404,
        "The light editor's key stands for a picture that had to make room, or that was given before a restart.",
        "Give the picture again (`POST /ic-light/vectors`; in the page: choose it again).",
    )
    MATTING_MODEL_MISSING = (
        422,
        "The matting that was chosen by name, or selecting by points, needs a model that is not there.",
        "Put it where the sentence says; a subject is cut out without one where matting is `auto`.",
    )
    MATTING_MODEL_UNUSABLE = (
        500,
        "The file or folder of the model for matting or selecting cannot be read, or holds something else.",
        "Replace it by the file from the page that the sentence names; what comes along comes with a new installation.",
    )
    MODEL_MISSING = (
        500,
        "No usable file of this IC-Light model is in the folders for models.",
        "Press *Download* in the panel, run `python -m lib_iclight models --get fc`, or put the file into the folder.",
    )
    MODEL_UNKNOWN = (
        422,
        "There is no model of that name, neither a role (`fc`, `fcon`, `fbc`) nor a file.",
        "Give a name of those in the sentence.",
    )
    MODEL_TRUNCATED = (
        500,
        "The model file is shorter or longer than it says, as after a download that was cut off, or is no "
        "safetensors file at all, such as a web page that was saved.",
        "Delete it and fetch it again.",
    )
    MODEL_UNREADABLE = (
        500,
        "The model file is damaged, or the system does not let it be read.",
        "See to its permissions and the disk; fetch it again where it is damaged.",
    )
    MODEL_NOT_IC_LIGHT = (
        500,
        "The file holds other tensors than IC-Light's models for Stable Diffusion 1.5.",
        "Take `fc`, `fcon` or `fbc` from the pages that `GET /ic-light/models` names.",
    )
    NOT_SD15 = (
        422,
        "IC-Light's models exist for Stable Diffusion 1.5 only; the checkpoint is of another kind, or none is loaded.",
        "Choose a Stable Diffusion 1.5 checkpoint.",
    )
    INPAINTING_CHECKPOINT = (
        422,
        "The checkpoint's UNet has more than four input channels, as those for inpainting and for editing have.",
        "Choose the plain checkpoint.",
    )
    CHECKPOINT_MISSING = (
        500,
        "No usable Stable Diffusion 1.5 checkpoint is in the folders.",
        "Put one (`.safetensors`) into a folder that the sentence names.",
    )
    CHECKPOINT_UNKNOWN = (422, "There is no checkpoint of that name.", "Give a name of those in the sentence.")
    CHECKPOINT_UNUSABLE = (
        422,
        "The checkpoint that was asked for is truncated, damaged, incomplete or a pickle.",
        "Choose another, or mend it as the sentence says.",
    )
    CHECKPOINT_PARTS = (
        500,
        "The UNet is that of Stable Diffusion 1.5, but the VAE or the text encoder in the same file is not.",
        "Choose another checkpoint.",
    )
    HOST_NOT_SUPPORTED = (
        500,
        "The WebUI has no hook before sampling, or is one that IC-Light does not know.",
        "Update the WebUI, or use one that is named.",
    )
    CANNOT_COMBINE = (
        422,
        "Something else in this generation needs the same part of the model as IC-Light does, or changes it.",
        "Switch it off for this generation, as the sentence says.",
    )
    SAMPLING_UNDER_WAY = (
        422,
        "Another extension began a generation in the middle of one, on the same UNet.",
        "Switch IC-Light or the other extension off for this generation.",
    )
    DOWNLOADS_OFF = (
        500,
        "Whoever started the program forbade downloads (`--ic-light-no-download`, `HF_HUB_OFFLINE`).",
        "Fetch the file by hand, or start without it.",
    )
    DOWNLOAD_EXISTS = (422, "A file of that name is there.", "Nothing, or remove it to download it anew.")
    DOWNLOAD_BUSY = (422, "One file is downloaded at a time.", "Wait for the other, or cancel it.")
    DOWNLOAD_DENIED = (
        500,
        "The page of the file asks for an account and for its terms to be accepted.",
        "Accept them there and set `HF_TOKEN`, or fetch the file by hand.",
    )
    DOWNLOAD_FAILED = (
        500,
        "The network, the hub or a proxy did not give the file, or gave another one, which is removed.",
        "Try again: what has come is kept where it can be. Behind a mirror set `HF_ENDPOINT`. Or fetch it by hand.",
    )
    DISK_FULL = (500, "The file would not fit on the disk.", "Make room, or name another folder.")
    INSTALLATION_INCOMPLETE = (
        500,
        "A Python package or a file of IC-Light's own is missing.",
        "Install what the sentence names.",
    )
    ENGINE_UNAVAILABLE = (
        500,
        "`--engine diffusion` was asked for, and a package, a checkpoint or a model file is missing.",
        "Install what the sentence names, or leave `--engine` out.",
    )
    PORT_TAKEN = (500, "Another program listens there, or the system forbids it.", "Choose another with `--port`.")
    FILE_UNREADABLE = (
        422,
        "A path on the command line does not exist, cannot be read, or is a folder without a picture.",
        "Correct the path.",
    )
    WORKER_LOST = (
        500,
        "A process or machine that made a picture ended again and again, as where memory runs out.",
        "Make the picture smaller, give fewer `--jobs`, or see to the machine's log.",
    )
    CLUSTER_UNAVAILABLE = (
        500,
        "No Ray cluster answers at the address of `--ray`, or it has another version of Ray or Python.",
        "Correct the address; `ray status` on the machine tells whether there is a cluster.",
    )
    OUTPUT_NOT_WRITABLE = (
        422,
        "What `-o` names cannot be written, or does not fit what is made.",
        "Name a folder, or a file that ends in `.png` for one picture.",
    )


class ICLightError(Exception):
    """A job that cannot be done, in one sentence for a person: what, which value, what to do.

    The WebUI hosts show ``str(exception)`` in the page and in the log, and answer an HTTP request with what an
    exception has itself of ``status_code``, ``detail`` and ``body``: ``body`` carries the code there, and nothing
    of the host's is patched. Routes of our own answer ``code`` beside ``detail``.

    :param code: what kind of fault it is.
    :param sentence: the sentence, in which ``mention`` may stand.
    :ivar code: the stable name of the kind, such as ``no_subject``.
    """

    def __init__(self, code: ErrorCode, sentence: str) -> None:
        # Text, option, choice, text, and so on: no mark is left that could be printed.
        self._parts = tuple(_MENTIONED.split(sentence))
        self.detail = self.write(_say_key)
        super().__init__(self.detail)
        self.status_code = code.status
        self.code = self.body = code.name.lower()

    def write(self, say: Callable[[str, str], str]) -> str:
        """The sentence in other words.

        :param say: gives those for an option's key and that of a choice of it; the latter is empty for the option.
        """
        return _join(self._parts, say)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (ErrorCode[self.code.upper()], self._parts)


def _join(parts: Sequence[str], say: Callable[[str, str], str]) -> str:
    texts, options, choices = (parts[first::3] for first in range(3))
    return texts[0] + "".join(say(*mentioned) + text for *mentioned, text in zip(options, choices, texts[1:]))


def _restore(code: ErrorCode, parts: Sequence[str]) -> ICLightError:
    return ICLightError(code, _join(parts, mention))


def missing_packages(names: str, extra: str) -> ICLightError:
    """What to do where packages of an optional part are missing.

    :param extra: of this project's package.
    """
    return ICLightError(
        ErrorCode.INSTALLATION_INCOMPLETE,
        f'Not installed: {names}; run pip install -e ".[{extra}]" in IC-Light\'s folder.',
    )
