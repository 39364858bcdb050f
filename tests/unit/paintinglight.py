"""The formulae of PaintingLight once more: slowly, in float64, with none of the project's code."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull


def plain_reach(colours: np.ndarray, mean: np.ndarray) -> np.ndarray:
    nearest = np.full(len(colours), np.inf)
    for *normal, offset in ConvexHull(colours.astype(np.float64)).equations:
        approach = (colours - mean) @ np.array(normal)
        ahead = approach > 0
        distance = -(np.dot(normal, mean) + offset) / approach[ahead]
        nearest[ahead] = np.minimum(nearest[ahead], distance)
    return 1 / nearest


def plain_box(image: np.ndarray) -> np.ndarray:
    padded = np.pad(image, 1, mode="symmetric")
    height, width = image.shape
    return sum(padded[y : y + height, x : x + width] for y in range(3) for x in range(3)) / 9


def plain_density(rgb: np.ndarray) -> np.ndarray:
    colours, mean = rgb.reshape(-1, 3).astype(np.float64), rgb.reshape(-1, 3).mean(axis=0)
    density = ((1 - np.abs(1 - plain_reach(colours, mean))) * 1.2).clip(0, 1).reshape(rgb.shape[:2])
    guide = np.floor(np.sqrt(((colours - mean) ** 2).sum(axis=1))).clip(0, 255).reshape(rgb.shape[:2])
    for _ in range(4):
        slope = (plain_box(guide * density) - plain_box(guide) * plain_box(density)) / (
            plain_box(guide**2) - plain_box(guide) ** 2 + 0.01
        )
        offset = plain_box(density) - slope * plain_box(guide)
        density = plain_box(slope) * guide + plain_box(offset)
    return density.clip(0, 1)


def plain_down(image: np.ndarray) -> np.ndarray:
    for _ in range(2):
        padded = np.pad(image, ((2, 2), (0, 0)), mode="reflect")
        rows = len(image)
        image = sum(weight * padded[i : i + rows] for i, weight in enumerate((1, 4, 6, 4, 1)))[::2].T / 16
    return image


def plain_up(image: np.ndarray, height: int, width: int) -> np.ndarray:
    for count in (height, width):
        before, after = image[[min(1, len(image) - 1), *range(len(image) - 1)]], np.vstack([image[1:], image[-1:]])
        result = np.empty((2 * len(image), image.shape[1]))
        result[::2], result[1::2] = (before + 6 * image + after) / 8, (image + after) / 2
        image = result[:count].T
    return image


def plain_slope(image: np.ndarray, down: bool) -> np.ndarray:
    padded = np.pad(image, 1, mode="reflect")
    height, width = image.shape
    kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    kernel = kernel.T if down else kernel
    return sum(kernel[y, x] * padded[y : y + height, x : x + width] for y in range(3) for x in range(3))


def plain_vectors(rgb: np.ndarray) -> np.ndarray:
    """float64 [height, width, channel, (density, rows, columns)]."""
    density = plain_density(rgb)
    channels = []
    for channel in np.moveaxis(rgb.astype(np.float64), -1, 0):
        pyramid = [channel]
        for _ in range(5):
            pyramid.append(plain_down(pyramid[-1]))
        slopes = []
        for down in (True, False):
            total = plain_slope(pyramid[5], down)
            for level in pyramid[4::-1]:
                total = plain_up(total, *level.shape) * 4 + plain_slope(level, down)
            slopes.append(total)
        longest = np.sqrt(slopes[0] ** 2 + slopes[1] ** 2).max()
        rest = np.sqrt(1 - density**2)
        channels.append(np.stack([density, slopes[0] / longest * rest, slopes[1] / longest * rest], axis=-1))
    return np.stack(channels, axis=2)
