"""A basis without models: the subject's form, lit by each lamp alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lib_iclight import images
from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.light.lamps import Lamps
from lib_iclight.shading import PREPARE, Form, Lighting, NormalMap, at_working_size
from lib_iclight.stage.basis import Basis, BasisLamp, check_size
from lib_iclight.subject.prepared import Subject


def render(subject: Subject, lighting: Lighting, normal_map: NormalMap | None = None) -> Basis:
    """A subject's form in the light of each lamp, at the working size of light without a model.

    In linear light before the engine's tone mapping (``light.tone.compress``), which is not linear: the sum of all
    pictures is the form in all lamps. Ambient light is divided among them evenly.

    :raises ICLightError: no lamp, or too many; a normal map of other proportions.
    """
    count = len(lighting.lamps)
    if not count:
        raise ICLightError(ErrorCode.NO_LIGHT, "IC-Light: a basis needs a lamp and there is none: add one.")
    working = at_working_size(subject, normal_map)
    check_size(count, *working.alpha.shape)
    form = PREPARE["form"](working)
    assert isinstance(form, Form)
    red, green, blue = (level / count for level in lighting.ambient)
    pictures = np.stack(
        [form.radiance(replace(lighting, lamps=(lamp,), ambient=(red, green, blue))) for lamp in lighting.lamps]
    )
    plain = Lamps().to_plain([lamp.placed for lamp in lighting.lamps])
    lamps = tuple(BasisLamp(f"lamp {i}", light) for i, light in enumerate(plain, 1))
    return Basis(
        pictures,
        lamps,
        working.alpha,
        images.at_working_size(subject.rgb),
        None,
        {"engine": "form", "of": subject.name},
    )
