"""The routes of the extension's own, under ``/ic-light``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends
from fastapi import Request as HTTPRequest
from fastapi.responses import JSONResponse, Response
from PIL import Image

from lib_iclight import __version__, decoding, images, log
from lib_iclight.decoding import MAX_BASE64
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts import annotators
from lib_iclight.kinds import Text, check_canvas, check_value
from lib_iclight.light.estimate import estimate_lamps
from lib_iclight.light.lamps import Lamps
from lib_iclight.matting import MATTINGS
from lib_iclight.models.download import Downloads
from lib_iclight.request import reference
from lib_iclight.request.args import OPTIONS, Request, build
from lib_iclight.runtime import Runtime
from lib_iclight.stage import files
from lib_iclight.stage.kept import KeptBases
from lib_iclight.subject.prepared import placing_of
from lib_iclight.web import contract, normals, stage, stage_contract, stage_gives
from lib_iclight.web.auth import require_auth
from lib_iclight.web.bodies import Route, name_fields, read_object, refuse_unknown
from lib_iclight.web.compose import FIELDS, Layer, compose
from lib_iclight.web.live import LivePictures
from lib_iclight.web.live_shadow import pack_shadow
from lib_iclight.web.select import Select, describe_installed, describe_selection, make_select, read_fields


def router(
    runtime: Callable[[], Runtime],
    live: Callable[[], LivePictures],
    lock: AbstractContextManager[Any],
    api_auth: str | None = None,
    route_class: type[Route] = Route,
    workers: Callable[[], int] = lambda: 1,
) -> APIRouter:
    """The routes for programs.

    :param runtime: gives the runtime; called at the first request.
    :param live: gives the pictures that a page lights; likewise.
    :param lock: the host's queue, in which a matting network waits for its turn on the device.
    :param api_auth: who may call them, as the hosts' ``--api-auth``: ``user:password`` pairs between commas.
    :param route_class: of them.
    :param workers: gives how many generations are done at a time.
    """

    class Named(route_class):  # type: ignore[valid-type, misc]
        def refuse(self, error: ICLightError) -> JSONResponse:
            answer: JSONResponse = super().refuse(name_fields(error, contract.find_names(self.path)))
            return answer

    asked = require_auth(api_auth)
    select = make_select(runtime, lock)
    routes = APIRouter(prefix="/ic-light", route_class=Named, tags=["IC-Light"], dependencies=asked)

    @routes.get("/version", **contract.VERSION)
    def version() -> dict[str, Any]:
        """The versions of the extension and the host, who generates, and how often costly work was done."""
        host = runtime().host
        return {
            "version": __version__,
            "host": host.name,
            "host_version": host.version,
            "backend": host.backend,
            "workers": workers(),
            "counts": {what: log.counts().get(what, 0) for what in log.COSTLY},
        }

    @routes.get("/schema", **contract.SCHEMA)
    def schema() -> dict[str, Any]:
        """JSON schema of the object that ``alwayson_scripts`` takes."""
        return reference.schema()

    @routes.get("/models", **contract.MODELS)
    def models() -> dict[str, Any]:
        """The model files found, usable or not, what cuts out and selects, and which files could be had besides."""
        library = runtime().library
        found = library.files()
        installed = library.files_by_kind()
        names = {matting.name for matting in MATTINGS}
        return {
            "models": [_describe(file) for file in found if file.role not in names],
            "matting": [
                {
                    "name": matting.name,
                    "label": matting.label,
                    "licence": matting.licence,
                    "installed": matting.can_run(installed),
                    "file": installed[matting.name].name if matting.name in installed else None,
                    "size": installed[matting.name].stat().st_size if matting.name in installed else None,
                }
                for matting in MATTINGS
            ],
            "selecting": describe_installed(runtime().selector),
            "annotators": list(annotators.installed()),
            "missing": [{**asdict(source), "page": source.page} for source in library.missing()],
        }

    @routes.post("/foreground", **contract.FOREGROUND)
    def foreground(body: dict[str, Any] = Depends(read_object)) -> Any:
        """The cut-out subject (RGBA) and its alpha, as PNG in base64."""
        request = _request_of_subject(body, contract.FOREGROUND_FIELDS)
        with lock:
            subject = runtime().preparer.subject(request.foreground, request)
        return {
            "image": images.to_base64(images.cut_out(subject.foreground, subject.alpha)),
            "alpha": images.to_base64(Image.fromarray(images.to_levels(subject.alpha))),
            "method": subject.method,
        }

    @routes.post("/select", **contract.SELECT)
    def select_in_picture(body: dict[str, Any] = Depends(read_object)) -> Any:
        """What points and a box point at in a picture, as a mask (grey) in PNG in base64."""
        request = _request_of_subject(body, contract.SELECT_FIELDS, contract.PROMPT)
        prompt = read_fields(body)
        return describe_selection(select(runtime().preparer.picture(request.foreground, "foreground")[1], prompt))

    @routes.post("/compose", **contract.COMPOSE)
    def compose_subjects(body: dict[str, Any] = Depends(read_object)) -> Any:
        """Several subjects, each cut out and laid over the one before, as one picture (RGBA) in PNG in base64."""
        _request(body, {}, FIELDS)

        def read(index: int, fields: Mapping[str, Any]) -> Layer:
            request = _request_of_subject(fields, contract.LAYER_FIELDS)
            return lambda: runtime().preparer.subject(request.foreground, request), placing_of(request)

        with lock:
            return compose(body, read)

    @routes.post("/normals", **contract.NORMALS)
    def estimate_normals(body: dict[str, Any] = Depends(read_object)) -> Any:
        """What a network of the WebUI takes for a picture's normals, as a normal map in PNG in base64."""
        request = _request_of_subject(body, contract.NORMALS_FIELDS, (normals.FIELD,))
        return normals.answer(runtime().preparer.picture(request.foreground, "foreground")[1], body, lock)

    @routes.post("/light-map", **contract.LIGHT_MAP)
    def light_map(body: dict[str, Any] = Depends(read_object)) -> Any:
        """The light map, as PNG in base64."""
        width, height = check_canvas(*(body.get(name, contract.DEFAULT_SIDE) for name in contract.SIZE))
        request = _request(body, contract.LIGHT_MAP_FIELDS, contract.SIZE)
        return {"image": images.to_base64(Image.fromarray(runtime().preparer.light_map(request, width, height)))}

    @routes.post("/lamps", **contract.LAMPS)
    def lamps(body: dict[str, Any] = Depends(read_object)) -> Any:
        """The light of a background picture, as values of lamps and ambient_color."""
        request = _request(body, contract.LAMPS_FIELDS)
        if request.background is None:
            raise ICLightError(ErrorCode.NO_BACKGROUND, "IC-Light has no background: give a picture as image.")
        found, ambient = estimate_lamps(runtime().preparer.picture(request.background, "background")[1])
        return {"lamps": Lamps().to_plain(found), "ambient_color": ambient}

    @routes.post("/vectors", **contract.VECTORS)
    def vectors(body: dict[str, Any] = Depends(read_object)) -> Any:
        """A picture's key for the routes below, and its size there."""
        request = _request(body, contract.VECTORS_FIELDS)
        key, picture = live().open(request, lock)
        return {"key": key, "width": picture.rgb.shape[1], "height": picture.rgb.shape[0]}

    @routes.post("/stage", **stage_contract.OPEN)
    def open_stage(body: dict[str, Any] = Depends(read_object)) -> Any:
        """A basis of a subject without a model, lit by directions or lamps: its key for the routes below."""
        request = _request_of_subject(body, stage_contract.OPEN_FIELDS)
        return stage.keep(runtime().bases, stage.render_model_free(runtime().preparer, request, lock=lock))

    @routes.post("/stage-file", **stage_contract.FILE)
    def open_stage_file(body: dict[str, Any] = Depends(read_object)) -> Any:
        """A basis of its file: its key for the routes below."""
        _request(body, {}, stage_contract.FILE_FIELDS)
        data = decoding.read_base64(check_value(Text(MAX_BASE64), body.get("file"), "file"), files.KEY)
        return stage.keep(runtime().bases, stage.open_file(data))

    @routes.post("/relight", **contract.RELIGHT)
    def relight(body: dict[str, Any] = Depends(read_object)) -> Any:
        """The picture lit without a model, at its own size, as PNG in base64."""
        request = _request_of_subject(body, contract.RELIGHT_FIELDS)
        return {"image": images.to_base64(Image.fromarray(live().relight(request, lock)))}

    return routes


def page_router(
    live: Callable[[], LivePictures],
    downloads: Callable[[], Downloads] | None = None,
    select: Select | None = None,
    bases: Callable[[], KeptBases] | None = None,
) -> APIRouter:
    """The routes for pages. A key that cannot be guessed stands for the password, which a page does not know.

    :param live: as in ``router``.
    :param downloads: gives those that a page may begin, if any.
    :param select: selects in a picture, if a page may.
    :param bases: gives the bases that are kept, if a page may mix them.
    """
    routes = APIRouter(prefix="/ic-light", route_class=Route, tags=["IC-Light"])

    if downloads is not None:

        @routes.get("/download", **contract.DOWNLOAD)
        def download() -> dict[str, Any]:
            """How far the download of a model is."""
            state = downloads().state
            return {**asdict(state), "share": state.share, "running": state.running}

    if bases is not None:

        @routes.get("/stage/{key}", response_class=Response, **stage_contract.PACKED)
        def packed_stage(key: str) -> Any:
            """Everything for mixing a basis elsewhere, in bytes laid out as ``stage.pack`` says."""
            return Response(stage.pack(bases().basis(key)), media_type="application/octet-stream", headers=_PRIVATE)

        @routes.post("/stage/{key}", **stage_contract.GIVEN)
        def mix_stage(key: str, body: dict[str, Any] = Depends(read_object)) -> Any:
            """What is asked for of a basis: a mix, normals, layers, an animation, or its file, in base64."""
            return stage_gives.answer(bases().basis(key), body)

    if select is not None:

        @routes.post("/select/{key}", **contract.KEPT_SELECT)
        def select_in_kept(key: str, body: dict[str, Any] = Depends(read_object)) -> Any:
            """What points and a box point at in the picture at its size here, as a mask (grey) in PNG in base64."""
            _request(body, {}, contract.PROMPT)
            return describe_selection(select(live().picture(key).rgb, read_fields(body)))

    @routes.post("/compose/{key}", **contract.KEPT_COMPOSE)
    def compose_kept(key: str, body: dict[str, Any] = Depends(read_object)) -> Any:
        """The same of pictures that are open, whose keys the path names between commas: one for each subject."""
        _request(body, {}, FIELDS)
        keys = key.split(",")
        if isinstance(subjects := body.get("subjects"), list) and len(subjects) != len(keys):
            raise ICLightError(
                ErrorCode.VALUE_NOT_ALLOWED,
                f"IC-Light: subjects has {len(subjects)} and the path names {len(keys)} keys: give as many of both.",
            )

        def read(index: int, fields: Mapping[str, Any]) -> Layer:
            return live().picture(keys[index]).cut, placing_of(_request(fields, contract.PLACE_FIELDS))

        return compose(body, read)

    @routes.get("/vectors/{key}", response_class=Response, **contract.KEPT_VECTORS)
    def vectors(key: str) -> Any:
        """Everything for lighting the picture elsewhere, in bytes laid out as ``LivePicture.pack`` says."""
        return Response(live().picture(key).pack(), media_type="application/octet-stream", headers=_KEPT)

    @routes.get("/shadow/{key}", response_class=Response, **contract.KEPT_SHADOW)
    def shadow(key: str, asked: HTTPRequest) -> Any:
        """Everything for casting the picture's shadow elsewhere, in bytes laid out as ``pack_shadow`` says."""
        request = _request(_read_query(asked), contract.KEPT_SHADOW_FIELDS)
        packed = pack_shadow(live().picture(key).alpha, request.shadow_softness)
        return Response(packed, media_type="application/octet-stream", headers=_KEPT)

    @routes.get("/light/{key}", response_class=Response, **contract.KEPT_LIGHT)
    def light(key: str, asked: HTTPRequest) -> Any:
        """The picture in the light that the query names by the options light, light_angle, ...: JPEG or PNG."""
        options = {"shading": live().picture(key).shading, **_read_query(asked)}
        picture, media_type = live().render(key, _request(options, contract.KEPT_LIGHT_FIELDS))
        return Response(picture, media_type=media_type, headers={"Cache-Control": "no-store"})

    return routes


_PRIVATE = {"Cache-Control": "private, no-cache"}
_KEPT = {"Cache-Control": "private, max-age=3600, immutable"}


def _read_query(asked: HTTPRequest) -> dict[str, Any]:
    """The options that a query names."""
    return {name: _value(name, text) for name, text in asked.query_params.items()}


def _value(key: str, text: str) -> Any:
    """An option's value from a query; what cannot be read is left to be refused as it is."""
    try:
        return OPTIONS[key].kind.from_text(text)
    except (KeyError, ValueError):
        return text


def _request(body: Mapping[str, Any], names: contract.Names, beside: Sequence[str] = ()) -> Request:
    """The options in a body.

    :param beside: fields that stand for none.
    """
    known = (*names, *beside)
    refuse_unknown(body, known)
    return build({names[name]: value for name, value in body.items() if name in names})


def _request_of_subject(body: Mapping[str, Any], names: contract.Names, beside: Sequence[str] = ()) -> Request:
    request = _request(body, names, beside)
    if request.foreground is None:
        raise ICLightError(ErrorCode.NO_SUBJECT, "IC-Light has no subject: give a picture as image.")
    return request


def _describe(file: Any) -> dict[str, Any]:
    return {
        "name": file.path.name,
        "role": file.role,
        "spelling": file.spelling,
        "size": file.size,
        "state": str(file.problem or "ready"),
    }
