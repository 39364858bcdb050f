"""Every option of the extension, once. Controls, API, infotext, axes, schema and docs/api.md's table derive from it."""
# ruff: noqa: RUF009 (what is called is dataclasses.field, by way of declare)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lib_iclight.blending.details import MODES
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.kinds import Choice, Colour, ModelName, Number, Picture, Switch, Whole, check_value, suggest
from lib_iclight.light.lamps import Lamps, select_shining
from lib_iclight.light.maps import DRAWN_BY, LIGHTS, LightOptions
from lib_iclight.light.panorama import EXPOSURE, ROTATION
from lib_iclight.matting import MATTINGS
from lib_iclight.matting.refine import Refinement
from lib_iclight.request.acting import (
    by_directions,
    casts_shadow,
    falls_on_form,
    is_drawn,
    is_one_light,
    light_acts,
    light_is,
    lights_form,
    reinforces,
    restores_details,
    starts_from_light,
    takes_background,
    text_conditioned,
)
from lib_iclight.request.option import TITLE, Option, declare

ROLES = {"fc": "Text (fc)", "fcon": "Text, offset noise (fcon)", "fbc": "Background (fbc)"}


@dataclass(frozen=True)
class Request:
    """What a person asks for: the options of one generation, checked and immutable.

    :raises ICLightError: a wrong type, a value out of range.
    """

    enabled: bool = declare(True, Switch(), "Enable", "Relight this generation.", panel=False)
    model: str = declare(
        "fc",
        ModelName(tuple(ROLES), tuple(ROLES.values())),
        "Model",
        "fc: the prompt says what the scene is; fcon: the same, trained with offset noise; fbc: a background picture "
        "is the scene.",
    )
    foreground: Any = declare(
        None, Picture(), "Subject", "The subject to relight. In img2img, none takes the img2img picture."
    )
    then_relight: bool = declare(
        False,
        Switch(),
        "Then relight",
        "Generate a picture without IC-Light first, then relight it: the prompt makes the subject.",
        tabs=("txt2img",),
        rests_at_default=True,
    )
    foreground_mask: Any = declare(None, Picture(), "Mask", "White keeps the subject. Wins over matting.")
    matting: str = declare(
        "auto",
        Choice(
            ("auto", "none", *(matting.name for matting in MATTINGS)),
            labels=("Automatic", "Whole picture", *(matting.label for matting in MATTINGS)),
        ),
        "Matting",
        "How the subject is cut out. auto: the picture's own alpha, else the best installed model, else the one "
        "that comes along; none: the picture as it is.",
    )
    matte_threshold: float = declare(
        0.0,
        Number(0, 1),
        "Matte threshold",
        "What is less subject than this becomes background; 0: nothing.",
        rests_at_default=True,
    )
    matte_grow: float = declare(
        0.0,
        Number(-64, 64, 1),
        "Grow matte",
        "Pixels of the picture by which the subject grows; below 0 it shrinks.",
        rests_at_default=True,
    )
    matte_feather: float = declare(
        0.0,
        Number(0, 64, 1),
        "Feather matte",
        "Pixels of the picture within which the subject's edge falls off.",
        rests_at_default=True,
    )
    matte_lift: float = declare(
        0.0,
        Number(0, 64, 1),
        "Lift subject",
        "Levels by which the subject is shown to the model brighter; 16: as the authors do for normals.",
        rests_at_default=True,
    )
    foreground_x: float = declare(
        0.5, Number(0, 1), "Subject x", "Where the subject's middle lies, from the left.", rests_at_default=True
    )
    foreground_y: float = declare(
        0.5, Number(0, 1), "Subject y", "Where the subject's middle lies, from the top.", rests_at_default=True
    )
    foreground_scale: float = declare(
        1.0, Number(0.05, 8), "Subject scale", "1: as large as covers the picture.", rests_at_default=True
    )
    foreground_rotation: float = declare(
        0.0, Number(-180, 180, 1), "Subject rotation", "Degrees, counterclockwise.", rests_at_default=True
    )
    despill: str = declare(
        "auto",
        Choice(("auto", "on", "off"), ((False, "off"), (True, "on")), ("Automatic", "On", "Off")),
        "Despill",
        "Take the old background's colour out of soft edges. auto: where light is without a model.",
        rests_at_default=True,
    )
    background: Any = declare(
        None, Picture(), "Background", "The background whose light falls on the subject.", takes_background
    )
    flip_background: bool = declare(
        False, Switch(), "Flip background", "Mirror the background picture left to right.", takes_background
    )
    light: str = declare(
        "none",
        Choice(tuple(light.name for light in LIGHTS), labels=tuple(light.label for light in LIGHTS)),
        "Light",
        "Where the light comes from.",
        light_acts,
        panel="lamps",
    )
    light_map: Any = declare(None, Picture(), "Light map", "The light map of light = custom.", light_is("custom"))
    light_angle: float = declare(
        0.0, Number(0, 360, 1), "Light angle", "Degrees; 0 = from the right, 90 = from the top.", light_is("angle")
    )
    light_x: float = declare(0.5, Number(0, 1), "Light x", "The point light, from the left.", light_is("point"))
    light_y: float = declare(0.5, Number(0, 1), "Light y", "The point light, from the top.", light_is("point"))
    light_color: str = declare("#ffffff", Colour(), "Light color", "The bright end of the light map.", is_one_light)
    ambient_color: str = declare("#000000", Colour(), "Ambient color", "The dark end of the light map.", is_drawn)
    light_intensity: float = declare(1.0, Number(0, 2), "Light intensity", "Scales the bright end.", is_one_light)
    light_softness: float = declare(
        1.0,
        Number(0, 1),
        "Light softness",
        "1: the authors' linear ramp; to 0: a hard edge.",
        lambda r: is_one_light(r) and r.light != "ambient",
    )
    lamps: Any = declare(
        (),
        Lamps(),
        "Lamps",
        "Lights that add up: each a kind (point or side), then x, y, angle, size, color, intensity, softness, depth, "
        "on.",
        light_is("lamps"),
        panel="side angle 180",
    )
    panorama: Any = declare(
        None,
        Picture((".hdr", ".exr")),
        "Panorama",
        "Light from all around, an equirectangular picture: Radiance (.hdr), OpenEXR where it is installed, or PNG or "
        "JPEG. Its middle lies behind the subject.",
        light_is("panorama"),
    )
    panorama_rotation: float = declare(
        0.0, ROTATION, "Panorama rotation", "Degrees; what is behind goes to the right.", light_is("panorama")
    )
    panorama_exposure: float = declare(
        0.0, EXPOSURE, "Panorama exposure", "Stops; 0: as much light in all as the photo had.", light_is("panorama")
    )
    stage: str = declare(
        "off",
        Choice(("off", "directions", "lamps"), labels=("Off", "Directions", "Lamps")),
        "Light stage",
        "Relight once per lamp, with one seed, so that the light can be mixed afterwards.",
        rests_at_default=True,
    )
    stage_directions: int = declare(
        4, Whole(4, 16), "Stage directions", "How many directions the light comes from in turn.", by_directions
    )
    lowres_denoise: float = declare(
        0.9,
        Number(0.1, 1),
        "Lowres denoise",
        "Denoising strength of the first stage when it starts from a light map.",
        starts_from_light,
        tabs=("txt2img",),
    )
    reinforce_foreground: str = declare(
        "off",
        Choice(("off", "flat", "lit"), ((False, "off"), (True, "flat")), ("Off", "Flat", "Lit")),
        "Reinforce foreground",
        "flat: the subject is laid over the light map by its alpha; lit: the same, already lit by form or strokes.",
        reinforces,
    )
    strength: float = declare(
        1.0,
        Number(0, 1),
        "Strength",
        "How much of the new light the result takes; 0: the photo.",
        rests_at_default=True,
    )
    restore_details: float = declare(
        0.0,
        Number(0, 1),
        "Details",
        "How much of the subject's fine details is given back to the result.",
        rests_at_default=True,
    )
    keep_color: float = declare(
        0.0,
        Number(0, 1),
        "Colour",
        "How much the subject keeps its own hue and saturation under the new light.",
        rests_at_default=True,
    )
    detail_mode: str = declare(
        "add",
        Choice(MODES, labels=tuple(mode.replace("_", " ").capitalize() for mode in MODES)),
        "Detail mode",
        "How details are laid onto the result.",
        restores_details,
    )
    detail_radius: float = declare(
        3.0,
        Number(0.1, 100, 0.1),
        "Detail radius",
        "What is finer than this many pixels of the result is a detail.",
        restores_details,
    )
    own_size: bool = declare(
        False,
        Switch(),
        "Own size",
        "Lay the new light onto the photo at its own resolution.",
        rests_at_default=True,
    )
    shadow: float = declare(
        0.0,
        Number(0, 1),
        "Shadow",
        "How dark the subject's shadow is: the one that fbc has drawn onto its background, else one cast by the lamps.",
        rests_at_default=True,
    )
    shadow_softness: float = declare(
        0.5, Number(0, 1), "Shadow softness", "How much the shadow blurs with distance.", casts_shadow
    )
    shadow_color: str = declare("#000000", Colour(), "Shadow color", "What the shadow fades to.", casts_shadow)
    keep_background: bool = declare(
        False,
        Switch(),
        "Keep background",
        "Lay the relit subject back over its own background.",
        text_conditioned,
        rests_at_default=True,
    )
    append_images: bool = declare(
        False,
        Switch(),
        "Append images",
        "Also return the cut-out subject, the light map, and the result before anything is given back.",
        panel=True,
        infotext=False,
    )
    shading: str = declare(
        "form",
        Choice(("form", "strokes"), labels=("Form", "Strokes")),
        "Shading",
        "How light without a model falls. form: on the subject's form; strokes: along its strokes, for paintings "
        "(PaintingLight).",
        falls_on_form,
        of_model=False,
    )
    normal_map: Any = declare(
        None,
        Picture(),
        "Normal map",
        "The subject's normals, in place of those from its matte.",
        lights_form,
        of_model=False,
    )
    normal_green: str = declare(
        "up",
        Choice(("up", "down"), labels=("Up", "Down")),
        "Normal green",
        "Where green points in the normal map. up: as in OpenGL; down: as in DirectX.",
        lights_form,
        of_model=False,
    )
    roughness: float = declare(
        0.5, Number(0, 1), "Roughness", "0: small, sharp highlights; 1: wide, faint ones.", lights_form, of_model=False
    )
    specular: float = declare(
        0.25, Number(0, 1), "Specular", "How strong the highlights are; 0: none.", lights_form, of_model=False
    )
    backdrop_light: float = declare(
        0.5,
        Number(0, 1),
        "Backdrop light",
        "How much of the light falls on the subject's own background.",
        lights_form,
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
    def refinement(self) -> Refinement:
        """What is done to the matte."""
        return Refinement(self.matte_threshold, self.matte_grow, self.matte_feather)

    @property
    def model_role(self) -> str | None:
        """The role where the model is named by role; a file's role is known to its library only."""
        return self.model if self.model in ROLES else None


OPTIONS: Mapping[str, Option] = {f.name: Option(f.name, f.default, **f.metadata) for f in fields(Request)}
"""All options by name, in the order of the panel's controls."""


def build(values: Mapping[str, Any]) -> Request:
    """A checked request from values by name.

    :raises ICLightError: a wrong type, a value out of range, an unknown option.
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
