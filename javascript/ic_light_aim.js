// Where a lamp has to stand so that it lights a spot of the subject, reflects there, or rims there. Pure functions.
//
// Directions are [to the right, up, to the viewer], of length 1; lengths are in halves of the picture's short side.

(function () {
    "use strict";

    // How far from its spot a lamp stands, as a share of what its fading is measured by. The farther it stands, the more the
    // brightest place is drawn from the spot towards the lamp.
    const NEAR = 0.3;
    const NEAREST = 0.1;

    // How far round from the spot's horizon a lamp that rims stands, in radians: its light grazes the spot.
    const GRAZING = 0.3;

    const BESIDE = 1e-6;

    /** The part of a vector in the picture's plane, of length 1; upwards where it has none. */
    function flatten([right, up]) {
        const length = Math.hypot(right, up);
        return length > BESIDE ? [right / length, up / length] : [0, 1];
    }

    // By mode: from where light has to come to a spot with this normal. `lowest` is the steepest that light comes from behind.
    const DIRECTIONS = {
        /** Nothing is brighter than what faces the lamp. */
        light: (normal) => normal,
        /** The normal is half-way between the lamp and the viewer. */
        reflect: ([right, up, out]) => [2 * out * right, 2 * out * up, 2 * out * out - 1],
        /** From behind, as far as it still grazes. */
        rim(normal, lowest) {
            const [right, up] = flatten(normal);
            const tilt = Math.atan2(Math.hypot(normal[0], normal[1]), normal[2]);
            const below = Math.min(Math.max(tilt - GRAZING, 0), lowest);
            return [right * Math.cos(below), up * Math.cos(below), -Math.sin(below)];
        },
    };

    /** How far a lamp stands in front of the picture, or behind, where its depth is 1 or -1; and what its fading is measured
     * by. */
    function measure(lamp, depth) {
        const { computeLighting } = window.ICLight;
        const [{ height, reach }] = computeLighting([{ ...lamp, depth, on: true }], "#000000", { shading: "form" }).lamps;
        return { height: Math.abs(height), reach };
    }

    const getDepth = (lamp, out) => out / measure(lamp, Math.sign(out) || 1).height;

    /** A lamp over or behind a place from which light comes to a spot in some direction. */
    function placePoint(lamp, spot, direction, proportion) {
        const { make, change } = window.ICLight.lamps;
        const point = make("point", lamp);
        const sides = [Math.max(proportion, 1), Math.max(1 / proportion, 1)];
        const at = [(2 * spot.x - 1) * sides[0], (1 - 2 * spot.y) * sides[1]];
        const rooms = at.map((place, i) => (sides[i] - Math.sign(direction[i]) * place) / Math.abs(direction[i]));
        const { reach } = measure(point, 1);
        const far = Math.max(Math.min(NEAR * reach, ...rooms.filter(Number.isFinite)), NEAREST * Math.min(reach, 1));
        const [x, y] = at.map((place, i) => (place + direction[i] * far) / sides[i]);
        const depth = getDepth(point, direction[2] * far);
        return change(point, { x: (x + 1) / 2, y: (1 - y) / 2, depth });
    }

    /**
     * A lamp moved. One that lights a spot, or reflects there, stands at a place: light from a side becomes a point's.
     *
     * @param {Object} lamp of which all but its place stays
     * @param {Object} spot {x, y} of the picture, 0..1
     * @param {number[]} normal of the subject there
     * @param {string} mode light, reflect or rim
     * @param {number} proportion the picture's width by its height
     */
    function aimLamp(lamp, spot, normal, mode, proportion = 1) {
        const lowest = Math.atan(measure({ ...lamp, kind: "side", angle: 0 }, -1).height);
        const direction = DIRECTIONS[mode](normal, lowest);
        if (mode !== "rim" || lamp.kind === "point") return placePoint(lamp, spot, direction, proportion);
        const [right, up, out] = direction;
        const angle = window.ICLight.angles.toDegrees(right, -up);
        return window.ICLight.lamps.change(lamp, { angle, depth: getDepth(lamp, out / Math.hypot(right, up)) });
    }

    window.ICLight = Object.assign(window.ICLight || {}, { aimLamp });
})();
