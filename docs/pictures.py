"""Makes the README's picture of the classic engine from a photograph in the public domain (NASA, Eileen Collins).

python docs/pictures.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from lib_iclight.standalone import batch
from lib_iclight.standalone.job import Job
from lib_iclight.standalone.service import Service

DOCS = Path(__file__).parent
HEIGHT = 300
LIGHTS: dict[str, dict[str, Any]] = {
    "left": {"light": "left"},
    "right, warm": {"light": "right", "light_color": "#ffb060", "light_intensity": 1.3},
    "point": {"light": "point", "light_x": 0.75, "light_y": 0.2, "light_color": "#70a0ff", "light_intensity": 1.5},
}


def main() -> None:
    service = Service([], "classic")
    photo = batch.read(DOCS / "astronaut.jpg")
    with Image.open(DOCS / "astronaut.jpg") as own:
        pictures = {"the photograph": own.convert("RGB")}
    for label, light in LIGHTS.items():
        pictures[label] = service.generate(Job([{"foreground": photo, **light}])).images[0]
    batch.write(_strip(pictures), DOCS / "classic.png")


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
