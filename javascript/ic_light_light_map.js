// The light map of lamps, which is what the models start from.
//
// new ICLight.LightMap() has a canvas, to be put anywhere; show(lamps, ambient, proportion) draws them there, once a
// frame at the most and only what is another, until hide(). The canvas is drawn small, and shown as large as it stands.

(function () {
    "use strict";

    const SHORT_SIDE = 160;

    const clip = (share) => Math.min(Math.max(share, 0), 1);

    // A power for every pixel of every lamp would be felt under the hand. Between the steps of DECODED a straight line
    // is exact to a thousandth of a level; LEVELS is so fine that it is a tenth of a level off where it is steepest.
    const DECODED = 1024;
    const LEVELS = 16384;
    let tables = null;

    function getTables() {
        const { decode, encode } = window.ICLight.colours;
        if (!tables) {
            tables = {
                decoded: Float64Array.from({ length: DECODED + 2 }, (_, i) => decode(i / DECODED)),
                level: Uint8Array.from({ length: LEVELS + 1 }, (_, i) => Math.round(encode(i / LEVELS) * 255)),
            };
        }
        return tables;
    }

    const FALLOFFS = {
        /** 1 at the bright end, 0 at the other, as light.maps draws it; a smaller size ends it sooner. */
        side({ angle, size }, width, height, share) {
            const turn = (angle * Math.PI) / 180;
            const across = trim(Math.cos(turn)) * Math.max(width - 1, 1);
            const down = -trim(Math.sin(turn)) * Math.max(height - 1, 1);
            const parts = Math.abs(across) + Math.abs(down);
            const columns = drawAxis(across, width, parts);
            const rows = drawAxis(down, height, parts);
            for (let j = 0, at = 0; j < height; j++) {
                for (let i = 0; i < width; i++) share[at++] = 1 - (1 - columns[i] - rows[j]) / size;
            }
        },
        point({ x, y, size }, width, height, share) {
            const reach = size * Math.max(Math.hypot(width - 1, height - 1), 1);
            for (let j = 0, at = 0; j < height; j++) {
                const down = j - y * (height - 1);
                for (let i = 0; i < width; i++) {
                    const right = i - x * (width - 1);
                    share[at++] = 1 - Math.sqrt(right * right + down * down) / reach;
                }
            }
        },
    };

    /** Rounded, so that 90 degrees is exactly the light from the top. */
    const trim = (part) => Number(part.toFixed(12));

    /** One axis' part of a ramp. */
    function drawAxis(side, count, parts) {
        const step = 1 / Math.max(count - 1, 1);
        const bright = (i) => (side > 0 ? i * step : 1 - i * step);
        return Float64Array.from({ length: count }, (_, i) => (Math.abs(side) / parts) * bright(i));
    }

    /** The light map, RGBA from the top: lamps add up in linear light. */
    function drawLightMap(lamps, ambient, width, height) {
        const { parseLevels } = window.ICLight.lamps;
        const { decode } = window.ICLight.colours;
        const { decoded, level } = getTables();
        const pixels = width * height;
        const share = new Float64Array(pixels);
        const sums = parseLevels(ambient).map((own) => new Float64Array(pixels).fill(decode(own)));
        for (const lamp of lamps.filter(({ on }) => on)) {
            FALLOFFS[lamp.kind](lamp, width, height, share);
            const steep = 1 / Math.max(lamp.softness, 1e-6);
            const [red, green, blue] = parseLevels(lamp.color).map((own) => decode(own) * lamp.intensity);
            for (let at = 0; at < pixels; at++) {
                const steps = clip((clip(share[at]) - 0.5) * steep + 0.5) * DECODED;
                const below = Math.floor(steps);
                const light = decoded[below] + (decoded[below + 1] - decoded[below]) * (steps - below);
                sums[0][at] += red * light;
                sums[1][at] += green * light;
                sums[2][at] += blue * light;
            }
        }
        const map = new Uint8ClampedArray(pixels * 4).fill(255);
        sums.forEach((sum, channel) => {
            for (let at = 0; at < pixels; at++) {
                map[at * 4 + channel] = level[Math.round(Math.min(sum[at], 1) * LEVELS)];
            }
        });
        return map;
    }

    class LightMap {
        constructor() {
            this.canvas = window.ICLight.elements.create("canvas", { class: "ic-light-map" });
            this.frames = 0;
            this.wanted = null;
            this.name = "";
            this.due = 0;
        }

        /** @param {number} proportion its width by its height */
        show(lamps, ambient, proportion) {
            this.wanted = { lamps, ambient, proportion };
            const name = `${window.ICLight.lamps.write(lamps)} ${ambient} ${proportion}`;
            if (name === this.name) return;
            this.name = name;
            if (!this.due) this.due = requestAnimationFrame(() => this.draw());
        }

        /** Draw no more until it is shown again. */
        hide() {
            if (this.due) this.name = "";
            cancelAnimationFrame(this.due);
            this.due = 0;
        }

        draw() {
            this.due = 0;
            const { lamps, ambient, proportion } = this.wanted;
            const scale = SHORT_SIDE / Math.min(proportion, 1);
            const [width, height] = [Math.round(scale * proportion), Math.round(scale)];
            const map = new ImageData(drawLightMap(lamps, ambient, width, height), width, height);
            if (this.canvas.width !== width || this.canvas.height !== height) {
                Object.assign(this.canvas, { width, height });
            }
            this.canvas.getContext("2d").putImageData(map, 0, 0);
            this.frames++;
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { LightMap, drawLightMap });
})();
