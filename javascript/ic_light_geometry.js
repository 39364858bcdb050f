// Where the handles of lamps stand over a picture of some size on the screen, and what a lamp becomes where they are
// dragged. Pure functions; places and lengths in the screen's pixels, from the top left.

(function () {
    "use strict";

    // How far inside the edge a handle stays whole, and how near to its lamp the one for the size can be told from it.
    const INSET = 20;
    const APART = 30;

    // The upright track for the depth: how far beside its lamp, how long from its middle to an end, how far inside the
    // edge; and how far from the lamp the handle for the size keeps out of its way.
    const TRACK = { beside: 44, half: 36, inset: 14, clear: 124 };

    const toRadians = (degrees) => (degrees * Math.PI) / 180;

    /** Degrees as lamps count them: 0 = right, 90 = top. */
    const toDegrees = (right, down) => ((Math.atan2(-down, right) * 180) / Math.PI + 360) % 360;

    /** The nearest of the angles that a lamp turns to in large steps. */
    function snap(angle) {
        const [, far] = window.ICLight.lamps.TURN;
        return (Math.round(angle / far) * far) % 360;
    }

    const follow = ([x, y], [right, down], length) => [x + right * length, y + down * length];

    class Geometry {
        constructor(width, height) {
            this.width = width;
            this.height = height;
            this.middle = [width / 2, height / 2];
            this.diagonal = Math.hypot(width, height);
        }

        /** The direction in which a side lamp stands. */
        getDirection(lamp) {
            return [Math.cos(toRadians(lamp.angle)), -Math.sin(toRadians(lamp.angle))];
        }

        /** As far from a place in some direction as handles go. */
        measureRoom([x, y], [right, down]) {
            const across = (right > 0 ? this.width - INSET - x : x - INSET) / Math.abs(right);
            const along = (down > 0 ? this.height - INSET - y : y - INSET) / Math.abs(down);
            return Math.max(Math.min(across, along), 0);
        }

        /** A point lamp's own place; a side lamp's at the edge, where its light comes from. */
        placeLamp(lamp) {
            if (lamp.kind === "point") return [lamp.x * this.width, lamp.y * this.height];
            const direction = this.getDirection(lamp);
            return follow(this.middle, direction, this.measureRoom(this.middle, direction));
        }

        /** The values of a lamp whose handle is moved there. */
        moveLamp(lamp, [x, y], snaps) {
            const { clamp } = window.ICLight.lamps;
            if (lamp.kind === "point") return { x: clamp(x / this.width, 0, 1), y: clamp(y / this.height, 0, 1) };
            const angle = toDegrees(x - this.middle[0], y - this.middle[1]);
            return { angle: snaps ? snap(angle) : angle };
        }

        /** The length of a side lamp's light over the picture, from the bright end to the dark one. */
        measureLength(lamp) {
            const [right, down] = this.getDirection(lamp);
            return Math.abs(right) * this.width + Math.abs(down) * this.height;
        }

        /** From the middle towards a side lamp to where its light is half. */
        measureHalf(lamp) {
            return (this.measureLength(lamp) * (1 - lamp.size)) / 2;
        }

        /** Where half of the light is left, however soft it is, as a path of SVG around `placeReach`: a circle, or a
         * line across a side lamp's direction. */
        drawReach(lamp) {
            if (lamp.kind === "point") {
                const r = (lamp.size * this.diagonal) / 2;
                return `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
            }
            const [right, down] = this.getDirection(lamp);
            const [across, along] = [-down * this.diagonal, right * this.diagonal];
            return `M${-across} ${-along}L${across} ${along}`;
        }

        placeReach(lamp) {
            if (lamp.kind === "point") return this.placeLamp(lamp);
            return follow(this.middle, this.getDirection(lamp), this.measureHalf(lamp));
        }

        /** The middle of the track for the depth, and whether it stands where the handle for the size is. */
        findTrack(lamp) {
            const [x, y] = this.placeLamp(lamp);
            const away = x > this.width / 2 ? 1 : -1;
            const isWithin = TRACK.inset <= x + away * TRACK.beside && x + away * TRACK.beside <= this.width - TRACK.inset;
            const least = Math.min(TRACK.half + TRACK.inset, this.height / 2);
            const across = x + (isWithin ? away : -away) * TRACK.beside;
            return { middle: [across, window.ICLight.lamps.clamp(y, least, this.height - least)], inWay: !isWithin };
        }

        /** The place of the handle for the depth: the picture's own depth is the middle, its front is up. */
        placeDepth(lamp) {
            const [x, y] = this.findTrack(lamp).middle;
            return [x, y - lamp.depth * TRACK.half];
        }

        /** The depth of a lamp whose handle for it is dragged from one place to another. */
        deepenLamp(lamp, from, to) {
            return lamp.depth - (to[1] - from[1]) / TRACK.half;
        }

        /** The track, and a line across it at the picture's own depth, as a path of SVG around its middle. */
        drawTrack() {
            return `M0 ${-TRACK.half}v${2 * TRACK.half}M-6 0h12`;
        }

        /** The place of the handle for the size: on the reach, but within the picture. */
        placeSize(lamp) {
            const apart = this.findTrack(lamp).inWay ? TRACK.clear : APART;
            if (lamp.kind === "side") {
                const direction = this.getDirection(lamp);
                const room = this.measureRoom(this.middle, direction);
                const half = window.ICLight.lamps.clamp(this.measureHalf(lamp), -room, Math.max(room - apart, -room));
                return follow(this.middle, direction, half);
            }
            // Towards the corner farthest away, where there is most room.
            const place = this.placeLamp(lamp);
            const corner = [lamp.x > 0.5 ? 0 : this.width, lamp.y > 0.5 ? 0 : this.height];
            const far = Math.hypot(corner[0] - place[0], corner[1] - place[1]);
            const direction = [(corner[0] - place[0]) / far, (corner[1] - place[1]) / far];
            const room = Math.max(this.measureRoom(place, direction), APART);
            const reach = window.ICLight.lamps.clamp((lamp.size * this.diagonal) / 2, Math.min(apart, room), room);
            return follow(place, direction, reach);
        }

        /** The size of a lamp whose handle for it is dragged from one place to another. */
        resizeLamp(lamp, from, to) {
            if (lamp.kind === "side") {
                const [right, down] = this.getDirection(lamp);
                const dragged = (to[0] - from[0]) * right + (to[1] - from[1]) * down;
                return lamp.size - (2 * dragged) / this.measureLength(lamp);
            }
            const [x, y] = this.placeLamp(lamp);
            return (lamp.size * Math.hypot(to[0] - x, to[1] - y)) / Math.hypot(from[0] - x, from[1] - y);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Geometry, angles: { toRadians, toDegrees, snap } });
})();
