"""IC-Light's model files: found, told apart by what is in them, checked before anything is loaded, read once."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib_iclight import log
from lib_iclight.cache import Cache
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.models import pickled
from lib_iclight.models.folders import find_files
from lib_iclight.models.mapping import MappedFiles
from lib_iclight.models.pretrained import WEIGHTS, Pretrained, find_pretrained, read_model_type
from lib_iclight.models.sources import IC_LIGHT, PAGE, Source
from lib_iclight.models.unet_keys import FIRST_CONVOLUTION, LATENT, TENSORS, Tensor

if TYPE_CHECKING:
    import torch

Shapes = Mapping[str, Sequence[int]]

ROLE_BY_CHANNELS = {2 * LATENT: "fc", 3 * LATENT: "fbc"}
"""What a model is for, by the input channels of its first convolution. ``fcon`` has the shapes of ``fc``."""

ROLES = (*ROLE_BY_CHANNELS.values(), "fcon")

PRETRAINED = ("sam",)
"""The types of models that are folders, which ``Library.pretrained`` finds."""

MAX_HEADER = 100_000_000
BYTES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
FLOATS = ("F32", "F16", "BF16")


@dataclass(frozen=True)
class FileKind:
    """A kind of model file besides IC-Light's own, such as a network's for matting.

    :ivar source: where it comes from; its name is the role of the file.
    :ivar recognise: tells the file by the keys and shapes of its header, and its name without the ending; an ONNX file,
        whose header says little before all of it is read, has none of them and is told by its name alone.
    """

    source: Source
    recognise: Callable[[Shapes, str], bool]


class FileError(ValueError):
    """Why a file of weights cannot be used, as the end of a sentence.

    :ivar code: the kind of fault that it is where the file is asked for.
    """

    def __init__(self, code: ErrorCode, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True)
class ModelFile:
    """A file in a model folder, as its header describes it.

    ``role`` is fc, fcon, fbc or the name of another kind of file, and None where the file cannot be used;
    ``problem`` is then why. ``spelling`` is ldm or diffusers, of IC-Light's own files.
    """

    path: Path
    size: int
    changed: int
    role: str | None
    spelling: str | None
    problem: FileError | None


@dataclass(frozen=True)
class Offset:
    """What is added to a Stable Diffusion 1.5 UNet.

    :ivar tensors: by LDM name without prefix; mapped from the file, in the file's own float type. That of the
        first convolution has 8 or 12 input channels, the others have the UNet's own shapes.
    :ivar sha256: of the whole file, in hexadecimal.
    """

    role: str
    tensors: Mapping[str, torch.Tensor]
    sha256: str

    @property
    def short_hash(self) -> str:
        """As the WebUIs shorten a checkpoint's hash."""
        return self.sha256[:10]


class Library:
    """The model files of some folders.

    :param folders: gives the folders, first wins; those that do not exist are passed over.
    :param kinds: what else than IC-Light's own files is looked for.
    :param beside: gives folders of other programs, in which nothing but ONNX files of known names is looked for.
    """

    def __init__(
        self,
        folders: Callable[[], Sequence[Path]],
        kinds: Sequence[FileKind] = (),
        beside: Callable[[], Sequence[Path]] = lambda: (),
    ) -> None:
        self._folders = folders
        self._kinds = kinds
        self._beside = beside
        self._types: Cache[str | None] = Cache(1000)
        self._headers: Cache[ModelFile] = Cache(1000)
        self._hashes: Cache[str] = Cache(1000)
        # One alone: what is mapped counts as the process's memory, and to map it again costs next to nothing.
        self._offsets: Cache[Offset] = Cache(1)
        self._maps = MappedFiles()

    def files(self) -> list[ModelFile]:
        """All model files, usable or not, and folders that cannot be read, in the order of their names.

        Not those in folders that are models as a whole.
        """
        found = []
        endings = (".safetensors", *(pickled.ENDINGS if self._kinds else ()))
        for path, size, changed, unreadable in find_files(self._folders(), endings):
            if pickled.is_pickled(path) and size > pickled.LARGEST:
                continue
            if unreadable:
                found.append(ModelFile(path, size, changed, None, None, _unreadable(unreadable)))
            elif path.name not in WEIGHTS or read_model_type(path.parent, self._types) not in PRETRAINED:
                identity = (path, size, changed)
                found.append(self._headers.get(identity, partial(_identify, *identity, self._kinds)))
        return found + self._onnx_files()

    def _onnx_files(self) -> list[ModelFile]:
        """The ONNX files whose names are known; what they hold is seen where they are loaded."""
        found = []
        for path, size, changed, unreadable in find_files([*self._folders(), *self._beside()], (".onnx",)):
            role = next((kind.source.name for kind in self._kinds if kind.recognise({}, path.stem)), None)
            if role and not unreadable:
                found.append(ModelFile(path, size, changed, role, None, None))
        return found

    def find(self, name: str) -> ModelFile:
        """The file of a role, or the file of that name.

        :raises ICLightError: there is none, or it cannot be used.
        """
        files = self.files()
        for file in files:
            if name in (file.path.name, file.path.stem) and file.problem:
                raise ICLightError(file.problem.code, f"IC-Light: {file.path.name} cannot be used: {file.problem}.")
            if name == file.role or (name in (file.path.name, file.path.stem) and file.role in ROLES):
                return file
        places = " or ".join(str(folder) for folder in self._folders())
        usable = ", ".join(f"{file.path.name} ({file.role})" for file in files if file.role in ROLES) or "none"
        broken = "".join(f"; {file.path.name}: {file.problem}" for file in files if file.problem)
        raise ICLightError(
            ErrorCode.MODEL_MISSING if name in ROLES else ErrorCode.MODEL_UNKNOWN,
            f"IC-Light finds no model {mention('model', name)} (usable: {usable}{broken}): put the file from {PAGE} "
            f"into {places}.",
        )

    def role(self, name: str) -> str | None:
        """The role of a model that is named by it or by its file; None where there is no such file."""
        return (
            name
            if name in ROLES
            else next((file.role for file in self.files() if name in (file.path.name, file.path.stem)), None)
        )

    def files_by_kind(self) -> dict[str, Path]:
        """The usable files of other kinds than IC-Light's own, by the kind's name."""
        names = {kind.source.name for kind in self._kinds}
        return {file.role: file.path for file in reversed(self.files()) if file.role in names}

    def pretrained(self, model_type: str) -> list[Pretrained]:
        """The folders of a type of ``PRETRAINED``, usable or not."""
        return find_pretrained(self._folders(), model_type, self._types)

    def missing(self) -> list[Source]:
        """What could be had and is not there in a usable file, in the order of ``sources_of``."""
        there = {file.role for file in self.files()}
        return [source for source in sources_of(self._kinds) if source.name not in there]

    def load(self, file: ModelFile) -> Offset:
        """The weights of a file, mapped into memory; read once while the file is unchanged."""
        identity = (file.path, file.size, file.changed)

        def read() -> Offset:
            names = {getattr(tensor, str(file.spelling)): tensor.ldm for tensor in TENSORS}
            tensors = self._maps.tensors(identity, read_header(file.path, file.size))
            sha256 = self._hashes.get(identity, partial(file_sha256, file.path))
            return Offset(str(file.role), {names[name]: tensor for name, tensor in tensors.items()}, sha256)

        return self._offsets.get(identity, read)


def sources_of(kinds: Sequence[FileKind]) -> tuple[Source, ...]:
    """Every model file that can be had: IC-Light's own, then those of other kinds."""
    return (*IC_LIGHT, *(kind.source for kind in kinds))


def _identify(path: Path, size: int, changed: int, kinds: Sequence[FileKind]) -> ModelFile:
    log.count("read")
    try:
        header = _read_pickled_header(path) if pickled.is_pickled(path) else read_header(path, size)
        role, spelling = role_of(path.stem, header, kinds)
        if role in ROLES and pickled.is_pickled(path):
            raise FileError(ErrorCode.MODEL_UNREADABLE, "IC-Light's own files are taken as safetensors alone")
    except FileError as problem:
        # It is kept, and with a traceback it would keep the header too.
        return ModelFile(path, size, changed, None, None, problem.with_traceback(None))
    except OSError as error:
        return ModelFile(path, size, changed, None, None, _unreadable(error.strerror or type(error).__name__))
    return ModelFile(path, size, changed, role, spelling, None)


def _read_pickled_header(path: Path) -> dict[str, Any]:
    try:
        return pickled.read_header(path)
    except pickled.NotWeightsError as error:
        raise FileError(ErrorCode.MODEL_UNREADABLE, f"as a file of weights it cannot be read: {error}") from error


def _unreadable(why: str) -> FileError:
    """What is wrong with a file, or a folder, that the system does not let be read."""
    return FileError(ErrorCode.MODEL_UNREADABLE, f"it cannot be read ({why})")


def read_header(path: Path, size: int) -> dict[str, Any]:
    """The checked header of a safetensors file, by tensor name. The layout: github.com/huggingface/safetensors.

    :raises FileError: what is wrong with the file.
    """
    with path.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(MAX_HEADER, size - 8):
            raise FileError(ErrorCode.MODEL_TRUNCATED, "it is no safetensors file, or is truncated")
        try:
            header = json.loads(stream.read(length))
            header.pop("__metadata__", None)
            spans = sorted((*entry["data_offsets"], *_extent(entry)) for entry in header.values())
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise FileError(ErrorCode.MODEL_UNREADABLE, "its header is damaged") from None
    end = 0
    for begin, stop, extent in spans:
        if begin != end or stop - begin != extent:
            raise FileError(ErrorCode.MODEL_UNREADABLE, "its header is damaged")
        end = stop
    if size != 8 + length + end:
        raise FileError(
            ErrorCode.MODEL_TRUNCATED,
            f"it has {size:,} bytes where its header promises {8 + length + end:,}: fetch it again",
        )
    return header


def _extent(entry: Mapping[str, Any]) -> tuple[int]:
    if any(not isinstance(side, int) or side < 0 for side in (*entry["shape"], *entry["data_offsets"])):
        raise ValueError
    return (math.prod(entry["shape"]) * BYTES.get(entry["dtype"], 1),)


def role_of(stem: str, header: Mapping[str, Any], kinds: Sequence[FileKind] = ()) -> tuple[str, str | None]:
    """What a file is for, and its spelling, from its keys and shapes.

    :param stem: its name without the ending, which decides between ``fc`` and ``fcon`` only.
    :raises FileError: as ``read_header``.
    """
    shapes: Shapes = {name: entry["shape"] for name, entry in header.items()}
    for kind in kinds:
        if kind.recognise(shapes, stem):
            return kind.source.name, None
    for spelling in ("ldm", "diffusers"):
        expected = {getattr(tensor, spelling): tensor for tensor in TENSORS}
        if len(expected.keys() & shapes.keys()) >= len(expected) / 2:
            channels = _check(expected, header)
            break
    else:
        raise FileError(ErrorCode.MODEL_NOT_IC_LIGHT, "its tensors are not those of IC-Light for SD 1.5")
    role = ROLE_BY_CHANNELS[channels]
    return ("fcon" if role == "fc" and "fcon" in stem.lower() else role), spelling


def _check(expected: Mapping[str, Tensor], header: Mapping[str, Any]) -> int:
    """The input channels of the first convolution of a file that has the tensors of a SD 1.5 UNet.

    :raises FileError: as ``read_header``.
    """
    for name, tensor in expected.items():
        if name not in header:
            raise FileError(ErrorCode.MODEL_NOT_IC_LIGHT, f"it lacks the tensor {name}")
        shape = tuple(header[name]["shape"])
        if tensor.ldm == FIRST_CONVOLUTION:
            channels = shape[1] if len(shape) == 4 else 0
            shape = (*shape[:1], LATENT, *shape[2:])
        if shape != tensor.shape:
            raise FileError(
                ErrorCode.MODEL_NOT_IC_LIGHT,
                f"its tensor {name} has the shape {header[name]['shape']}, which is not that of SD 1.5",
            )
        if header[name]["dtype"] not in FLOATS:
            raise FileError(ErrorCode.MODEL_NOT_IC_LIGHT, f"its tensor {name} is {header[name]['dtype']}, not a float")
    if extra := header.keys() - expected.keys():
        raise FileError(ErrorCode.MODEL_NOT_IC_LIGHT, f"it has the tensor {min(extra)}, which SD 1.5 does not have")
    if channels not in ROLE_BY_CHANNELS:
        raise FileError(
            ErrorCode.MODEL_NOT_IC_LIGHT,
            f"its first convolution has {channels} input channels, and IC-Light's have 8 or 12",
        )
    return channels


def file_sha256(path: Path) -> str:
    log.count("read")
    result = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            result.update(block)
    return result.hexdigest()
