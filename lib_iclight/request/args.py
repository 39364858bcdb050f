"""Every option of the extension, once. Controls, API, infotext, axes, schema and docs/api.md's table derive from it."""
# ruff: noqa: RUF009 (what is called is dataclasses.field, by way of _option)

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.kinds import Choice, Colour, Kind, ModelName, Number, Picture, Switch, check_value, suggest
from lib_iclight.light.lamps import Lamp, Lamps, change_lamp, select_shining
from lib_iclight.light.maps import DRAWN_BY, LIGHTS, LightOptions
from lib_iclight.matting import MATTINGS

TITLE = "IC-Light"
ROLES = {"fc": "Text (fc)", "fcon": "Text, offset noise (fcon)", "fbc": "Background (fbc)"}


def _text_conditioned(request: Request) -> bool:
    return request.model_role != "fbc"


def _light_acts(request: Request) -> bool:
    return _text_conditioned(request) or request.background is None


def _light_is(*names: str) -> Callable[[Request], bool]:
    return lambda request: _light_acts(request) and request.light in names


def _is_drawn(request: Request) -> bool:
    """Whether the light map is drawn, and not a picture."""
    return _light_acts(request) and request.light not in ("none", "custom")


def _one(request: Request) -> bool:
    """Whether one light is drawn, and not several lamps."""
    return _is_drawn(request) and request.light != "lamps"


def _starts_from_light(request: Request) -> bool:
    return _text_conditioned(request) and request.light != "none"


def _form(request: Request) -> bool:
    return _is_drawn(request) and request.shading == "form"


def always(request: Request) -> bool:
    """The ``when`` of an option that acts whatever the others are."""
    return True


def _option(
    default: Any,
    kind: Kind,
    label: str,
    help: str,
    when: Callable[[Request], bool] = always,
    *,
    panel: Any = None,
    tabs: tuple[str, ...] = ("txt2img", "img2img"),
    infotext: bool = True,
    of_model: bool = True,
) -> Any:
    """Declare one option.

    :param when: whether it acts, given the others; it is shown and written into the infotext only then.
    :param panel: the panel's default, where it is not the API's.
    :param tabs: the tabs where it acts.
    :param infotext: whether it belongs to the picture's own parameters.
    :param of_model: whether it acts on what a model makes; else on light without a model alone.
    """
    declared = {"kind": kind, "label": label, "help": help, "when": when, "tabs": tabs, "in_infotext": infotext}
    panel = default if panel is None else panel
    return field(default=default, metadata={**declared, "panel": panel, "of_model": of_model})


@dataclass(frozen=True)
class Option:
    """One option as declared. ``name`` is its key in the API."""

    name: str
    default: Any
    kind: Kind
    label: str
    help: str
    when: Callable[[Request], bool]
    panel: Any
    tabs: tuple[str, ...]
    in_infotext: bool
    of_model: bool

    def acts_on_model(self, request: Request) -> bool:
        """Whether it has a part in what a model makes of a request."""
        return self.of_model and self.when(request)

    @property
    def infotext_key(self) -> str | None:
        """Its key in a picture's infotext; pictures are too large for one."""
        if isinstance(self.kind, Picture) or not self.in_infotext:
            return None
        return TITLE if self.name == "enabled" else f"{TITLE} {self.name.replace('_', ' ')}"

    def schema(self) -> dict[str, Any]:
        """The JSON schema of its value."""
        return {**self.kind.schema(), "default": self.default, "title": self.label, "description": self.help}


@dataclass(frozen=True)
class Request:
    """What a person asks for: the options of one generation, checked and immutable.

    :raises ICLightError: a wrong type, a value out of range.
    """

    enabled: bool = _option(True, Switch(), "Enable", "Relight this generation.", panel=False)
    model: str = _option(
        "fc",
        ModelName(tuple(ROLES), tuple(ROLES.values())),
        "Model",
        "fc: the prompt says what the scene is; fcon: the same, trained with offset noise; fbc: a background picture "
        "is the scene.",
    )
    foreground: Any = _option(
        None, Picture(), "Subject", "The subject to relight. In img2img, none takes the img2img picture."
    )
    foreground_mask: Any = _option(None, Picture(), "Mask", "White keeps the subject. Wins over matting.")
    matting: str = _option(
        "auto",
        Choice(
            ("auto", "none", *(matting.name for matting in MATTINGS)),
            labels=("Automatic", "Whole picture", *(matting.label for matting in MATTINGS)),
        ),
        "Matting",
        "How the subject is cut out. auto: the picture's own alpha, else the best installed model, else the one "
        "that comes along; none: the picture as it is.",
    )
    background: Any = _option(
        None,
        Picture(),
        "Background",
        "The background whose light falls on the subject.",
        lambda r: not _text_conditioned(r),
    )
    flip_background: bool = _option(
        False,
        Switch(),
        "Flip background",
        "Mirror the background picture left to right.",
        lambda r: not _text_conditioned(r),
    )
    light: str = _option(
        "none",
        Choice(tuple(light.name for light in LIGHTS), labels=tuple(light.label for light in LIGHTS)),
        "Light",
        "Where the light comes from.",
        _light_acts,
        panel="lamps",
    )
    light_map: Any = _option(None, Picture(), "Light map", "The light map of light = custom.", _light_is("custom"))
    light_angle: float = _option(
        0.0, Number(0, 360, 1), "Light angle", "Degrees; 0 = from the right, 90 = from the top.", _light_is("angle")
    )
    light_x: float = _option(0.5, Number(0, 1), "Light x", "The point light, from the left.", _light_is("point"))
    light_y: float = _option(0.5, Number(0, 1), "Light y", "The point light, from the top.", _light_is("point"))
    light_color: str = _option("#ffffff", Colour(), "Light color", "The bright end of the light map.", _one)
    ambient_color: str = _option("#000000", Colour(), "Ambient color", "The dark end of the light map.", _is_drawn)
    light_intensity: float = _option(1.0, Number(0, 2), "Light intensity", "Scales the bright end.", _one)
    light_softness: float = _option(
        1.0,
        Number(0, 1),
        "Light softness",
        "1: the authors' linear ramp; to 0: a hard edge.",
        lambda r: _one(r) and r.light != "ambient",
    )
    lamps: Any = _option(
        (),
        Lamps(),
        "Lamps",
        "Lights that add up: each a kind (point or side), then x, y, angle, size, color, intensity, softness, depth, "
        "on.",
        _light_is("lamps"),
        panel="side angle 180",
    )
    lowres_denoise: float = _option(
        0.9,
        Number(0.1, 1),
        "Lowres denoise",
        "Denoising strength of the first stage when it starts from a light map.",
        _starts_from_light,
        tabs=("txt2img",),
    )
    reinforce_foreground: str = _option(
        "off",
        Choice(("off", "flat"), ((False, "off"), (True, "flat")), ("Off", "Flat")),
        "Reinforce foreground",
        "flat: the subject is laid over the light map by its alpha.",
        _starts_from_light,
    )
    append_images: bool = _option(
        False,
        Switch(),
        "Append images",
        "Also return the cut-out subject and the light map.",
        panel=True,
        infotext=False,
    )
    shading: str = _option(
        "form",
        Choice(("form", "strokes"), labels=("Form", "Strokes")),
        "Shading",
        "How light without a model falls. form: on the subject's form; strokes: along its strokes, for paintings "
        "(PaintingLight).",
        _is_drawn,
        of_model=False,
    )
    normal_map: Any = _option(
        None, Picture(), "Normal map", "The subject's normals, in place of those from its matte.", _form, of_model=False
    )
    normal_green: str = _option(
        "up",
        Choice(("up", "down"), labels=("Up", "Down")),
        "Normal green",
        "Where green points in the normal map. up: as in OpenGL; down: as in DirectX.",
        _form,
        of_model=False,
    )
    roughness: float = _option(
        0.5, Number(0, 1), "Roughness", "0: small, sharp highlights; 1: wide, faint ones.", _form, of_model=False
    )
    specular: float = _option(
        0.25, Number(0, 1), "Specular", "How strong the highlights are; 0: none.", _form, of_model=False
    )
    backdrop_light: float = _option(
        0.5,
        Number(0, 1),
        "Backdrop light",
        "How much of the light falls on the subject's own background.",
        _form,
        of_model=False,
    )

    def __post_init__(self) -> None:
        for name, option in OPTIONS.items():
            object.__setattr__(self, name, check_value(option.kind, getattr(self, name), mention(name)))

    @property
    def light_options(self) -> LightOptions:
        """What a drawn light map depends on; of the lamps those that are on."""
        values = {name: getattr(self, name) for name in DRAWN_BY}
        return LightOptions(**{**values, "lamps": select_shining(self.lamps)})

    @property
    def model_role(self) -> str | None:
        """The role where the model is named by role; a file's role is known to its library only."""
        return self.model if self.model in ROLES else None


OPTIONS: Mapping[str, Option] = {f.name: Option(f.name, f.default, **f.metadata) for f in fields(Request)}
"""All options by name, in the order of the panel's controls."""


def parse(args: Sequence[Any], changes: Mapping[str, Any] | None = None) -> Request | None:
    """The request in a script's arguments, or None where the extension is off. Does no work on pictures.

    :param args: one object first (absent ``enabled`` means true), or the controls' values in order.
    :param changes: values that win over the arguments', from X/Y/Z axes; ``lamps.angle`` is the angle of a lamp.
    :raises ICLightError: an unknown key, a wrong type, a value out of range, a second object.
    """
    # Behind one object hosts put the values that the controls have at the start.
    for place, value in enumerate(args[1:], 2):
        if isinstance(value, Mapping):
            raise _surplus(place, value)
    if args and isinstance(args[0], Mapping):
        values = dict(args[0])
    elif not args or args[0] is False:
        return None
    else:
        values = dict(zip(OPTIONS, args))
    for name, value in (changes or {}).items():
        name, _, key = name.partition(".")
        values[name] = _change_lamp(values.get(name, ()), key, value) if key else value
    request = build(values)
    return request if request.enabled else None


def refuse_surplus(args: Sequence[Any]) -> None:
    """Refuse what would be without effect, where ``args`` are exactly those of a request.

    :raises ICLightError: values behind an object, or more than there are options.
    """
    for place, value in enumerate(args[1:], 2):
        if isinstance(args[0], Mapping) or place > len(OPTIONS):
            raise _surplus(place, value)


def _surplus(place: int, value: Any) -> ICLightError:
    shown = ", ".join(map(str, value)) if isinstance(value, Mapping) else repr(value)
    return ICLightError(
        ErrorCode.FIELDS_CONFLICT,
        f"{TITLE}: value {place} of args ({shown:.60}) would be without effect: give one object with all options.",
    )


def _change_lamp(lamps: Any, key: str, text: str) -> tuple[Lamp, ...]:
    kind = OPTIONS["lamps"].kind
    given: tuple[Lamp, ...] = check_value(kind, lamps, mention("lamps"))
    try:
        return change_lamp(given, key, text)
    except ValueError as error:
        raise ICLightError(
            ErrorCode.VALUE_NOT_ALLOWED, f"IC-Light: the axis of {mention('lamps')}' {key}{error}."
        ) from None


def build(values: Mapping[str, Any]) -> Request:
    """A checked request from values by name.

    :raises ICLightError: as ``parse``.
    """
    implied: dict[str, Any] = {}
    if values.get("lamps") and "light" not in values:
        # Whoever names lamps, and no light, wants those to shine that are on.
        named = check_value(OPTIONS["lamps"].kind, values["lamps"], mention("lamps"))
        implied = {"light": "lamps"} if select_shining(named) else {}
    request = Request(**{name: value for name, value in values.items() if name in OPTIONS}, **implied)
    if unknown := [str(key) for key in values if key not in OPTIONS]:
        key = min(unknown)
        raise ICLightError(ErrorCode.UNKNOWN_OPTION, f"{TITLE} knows no option {key[:60]!r}: {suggest(key, OPTIONS)}")
    return request
