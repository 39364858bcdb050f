"""Makes the README's picture of the classic engine from a photograph in the public domain (NASA, Eileen Collins).

python docs/pictures.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from lib_iclight import images
from lib_iclight.standalone import batch
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service

DOCS = Path(__file__).parent
HEIGHT = 300
RIM = "side angle 160 depth -1 size 2 color #a0c4ff intensity 1.6 + side angle 20 depth -1 size 2 intensity 1.6"
LIGHTS: dict[str, dict[str, Any]] = {
    "strokes: left": {"shading": "strokes", "light": "left"},
    "form: left": {"light": "left"},
    "form: right, warm": {"light": "right", "light_color": "#ffc890", "light_intensity": 1.3},
    "form: rim": {"lamps": RIM},
}


def main() -> None:
    service = Service([], "classic")
    photo = batch.read(DOCS / "astronaut.jpg")
    with Image.open(DOCS / "astronaut.jpg") as own:
        pictures = {"the photograph": own.convert("RGB")}
    for label, light in LIGHTS.items():
        pictures[label] = service.generate(Job([{"foreground": photo, **light}])).images[0]
    images.save_png(_strip(pictures), DOCS / "classic.png")


def _strip(pictures: dict[str, Image.Image]) -> Image.Image:
    small = {label: picture.resize((HEIGHT, HEIGHT), Image.Resampling.LANCZOS) for label, picture in pictures.items()}
    strip = Image.new("RGB", (len(small) * HEIGHT, HEIGHT + 18), "white")
    pen = ImageDraw.Draw(strip)
    for place, (label, picture) in enumerate(small.items()):
        strip.paste(picture, (place * HEIGHT, 0))
        pen.text((place * HEIGHT + 4, HEIGHT + 3), label, fill="black")
    return strip


if __name__ == "__main__":
    main()
