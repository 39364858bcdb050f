"""From the body of a request for pictures, as the WebUIs' HTTP API has it, to the job."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from lib_iclight import log
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.kinds import Text, check_value
from lib_iclight.request.option import TITLE
from lib_iclight.request.script_args import refuse_surplus
from lib_iclight.standalone import sdapi_fields
from lib_iclight.standalone.job import Hires, Job

DEFAULT_STEPS, DEFAULT_DENOISE, HIRES_DENOISE = 50, 0.75, 0.7
SETTINGS = {"sd_model_checkpoint": "checkpoint", "ic_light_backdrop": "backdrop"}
"""The service's settings by the names of options."""

Body = Mapping[str, Any]

_OF_JOB = (
    *("prompt", "negative_prompt", "seed", "steps", "cfg_scale", "width", "height"),
    *("batch_size", "n_iter", "resize_mode"),
)
_SAMPLER = ("steps", "sampler_name", "scheduler")
_SIMILAR = 0.7


def job(body: Body, tab: str) -> Job:
    """The job of a request's body.

    :param tab: txt2img or img2img.
    :raises ICLightError: a field that is not known, not allowed or not done.
    """
    asked = _without_idle(given(body), tab)
    checked = {name: sdapi_fields.check(name, value) for name, value in asked.items()}
    scripts = checked.get("alwayson_scripts", {})
    args = _script(scripts)
    checked |= _restated(scripts)
    hires = _hires(checked) if checked.get("enable_hr") else None
    if tab == "txt2img" and "init_images" in checked:
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT,
            "IC-Light: init_images belongs to img2img: leave it out, or ask /sdapi/v1/img2img.",
        )
    strength = checked.get("denoising_strength")
    return Job(
        args,
        **{"steps": DEFAULT_STEPS, **{name: checked[name] for name in _OF_JOB if name in checked}},
        sampler=checked.get("sampler_name") or checked.get("sampler_index") or Job.sampler,
        scheduler=checked.get("scheduler") or Job.scheduler,
        hires=hires,
        init_images=_init_images(body, checked, args) if tab == "img2img" else None,
        denoising_strength=DEFAULT_DENOISE if strength is None else strength,
    )


def given(body: Body) -> dict[str, Any]:
    """The fields that somebody gave, and not the page that proposes a body.

    Where a field has no default, a WebUI's ``/docs`` fills in "string", true or an object of such: what that asks for,
    nobody means.
    """
    fields = {name: value for name, value in body.items() if value is not None}
    proposed = [name for name, value in fields.items() if _is_placeholder(value) and name not in sdapi_fields.PROMPTS]
    if not proposed:
        return fields
    log.logger.info(
        'The request is one that a WebUI\'s /docs proposes: "string" and what comes with it count as absent.'
    )
    kept = {name: value for name, value in fields.items() if name not in proposed}
    for name in sdapi_fields.SWITCHED_OFF:
        if kept.get(name) is True:
            del kept[name]
    for name in ("override_settings", "alwayson_scripts"):
        if isinstance(kept.get(name), Mapping):
            kept[name] = {key: part for key, part in kept[name].items() if not re.fullmatch(r"additionalProp\d", key)}
    return kept


def _without_idle(asked: dict[str, Any], tab: str) -> dict[str, Any]:
    """The fields without those that belong to something that is not asked for."""
    idle = {name for name, same in sdapi_fields.OF_HIRES.items() if asked.get(name) == asked.get(same, "")}
    if not asked.get("script_name"):
        idle.add("script_args")
    if tab == "img2img" or not sdapi_fields.check("enable_hr", asked.get("enable_hr", False)):
        idle |= {name for name in sdapi_fields.KNOWN if name.startswith("hr_") or name == "enable_hr"}
    return {name: value for name, value in asked.items() if name not in idle}


def _is_placeholder(value: Any) -> bool:
    return value in ("string", ["string"])


def settings(options: Body) -> dict[str, str]:
    """The service's settings that options stand for.

    :raises ICLightError: an option that is not there, or a value of one that is not done.
    """
    found = {}
    for name, value in options.items():
        if name in SETTINGS:
            found[SETTINGS[name]] = check_value(Text(), value, name)
        elif name not in sdapi_fields.NEUTRAL_SETTINGS:
            raise ICLightError(
                ErrorCode.UNKNOWN_FIELD, f"IC-Light: the standalone server has no option {name[:60]!r}: leave it out."
            )
        elif value is not None and value not in sdapi_fields.NEUTRAL_SETTINGS[name]:
            raise ICLightError(
                ErrorCode.NOT_SUPPORTED,
                f"IC-Light: the option {name} is {value!r:.60}, which the standalone server does not do: leave it out.",
            )
    return found


def _init_images(body: Body, checked: Body, args: Sequence[Any]) -> tuple[Any, ...]:
    """The pictures of img2img; the subject, where /docs has filled in a text for them."""
    found = checked.get("init_images", [])
    if _is_placeholder(body.get("init_images")) and args and isinstance(args[0], Mapping) and args[0].get("foreground"):
        found = [args[0]["foreground"]]
    if not found:
        raise ICLightError(
            ErrorCode.NO_INIT_IMAGES, "IC-Light: img2img has no init_images: give the pictures to relight."
        )
    return tuple(found)


def _script(scripts: Body) -> Sequence[Any]:
    """The arguments of the script IC-Light; none where the request does not name it."""
    found: Sequence[Any] = []
    spellings = [name for name in scripts if name.casefold() == TITLE.casefold()]
    if len(spellings) > 1:
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT,
            f"IC-Light: alwayson_scripts has the script {' and '.join(map(repr, spellings))}: keep one.",
        )
    for name, script in scripts.items():
        if name in spellings:
            args = _args(script)
            if args is None or len(script) > 1:
                raise ICLightError(
                    ErrorCode.VALUE_NOT_ALLOWED,
                    f'IC-Light: alwayson_scripts must be {{"{TITLE}": {{"args": [{{...}}]}}}}.',
                )
            refuse_surplus(args)
            found = args
        elif _is_similar(name):
            raise ICLightError(
                ErrorCode.UNKNOWN_FIELD, f"IC-Light: there is no script {name[:60]!r}: did you mean {TITLE!r}?"
            )
        elif name.casefold() not in ("sampler", "seed") and not _is_off(script):
            raise ICLightError(
                ErrorCode.UNKNOWN_FIELD, f"IC-Light: the standalone server has no script {name[:60]!r}: leave it out."
            )
    return found


def _is_similar(name: str) -> bool:
    ours, other = (re.sub(r"[\W_]", "", text.casefold()) for text in (TITLE, name))
    return ours in other or difflib.SequenceMatcher(None, ours, other).ratio() > _SIMILAR


def _args(script: Any) -> list[Any] | None:
    args = script.get("args") if isinstance(script, Mapping) else None
    return args if isinstance(args, list) else None


def _is_off(script: Any) -> bool:
    """Whether a script asks for nothing: no arguments, or the switch is off that comes first or is in each unit."""
    if script in (None, {}, {"args": None}):
        return True
    args = _args(script)
    if args is None:
        return False
    units = [arg for arg in args if isinstance(arg, Mapping)]
    if units:
        return len(units) == len(args) and all(unit.get("enabled") is False for unit in units)
    return not args or args[0] in (False, None) or not any(args)


def _restated(scripts: Body) -> dict[str, Any]:
    """The fields that the WebUIs' own scripts Sampler and Seed say once more; there theirs count.

    :raises ICLightError: a value that is not allowed, or a variation seed.
    """
    found: dict[str, Any] = {}
    for name, script in scripts.items():
        args = _args(script) or []
        if name.casefold() == "sampler":
            found |= dict(zip(_SAMPLER, args))
        elif name.casefold() == "seed" and args:
            found["seed"] = args[0]
            if len(args) > 3 and args[1] is True:
                found |= dict(zip(("subseed_strength", "seed_resize_from_w", "seed_resize_from_h"), args[3:]))
    return {field: sdapi_fields.check(field, value) for field, value in found.items() if value is not None}


def _hires(checked: Body) -> Hires:
    scale = checked.get("cfg_scale", Job.cfg_scale)
    if checked.get("hr_cfg", 0) not in (0, scale):
        raise ICLightError(
            ErrorCode.FIELDS_CONFLICT,
            f"IC-Light: hr_cfg is {checked['hr_cfg']!r:.60} but must be cfg_scale's value: leave it out.",
        )
    return Hires(
        checked.get("hr_scale", 2.0),
        checked.get("hr_resize_x", 0),
        checked.get("hr_resize_y", 0),
        checked.get("hr_second_pass_steps", 0),
        checked.get("denoising_strength", HIRES_DENOISE),
        checked.get("hr_upscaler") or "Latent",
    )
