// Lamps as text, as a light map and as what the classic engine takes. Pure functions.
//
// A lamp is an object of all keys of its kind. As text, several lamps are one line, without what is at its default:
//   side angle 180 + point x 0.3 y 0.2 size 0.5 color #ff8000

(function () {
    "use strict";

    const MOST = 8;

    const number = (low, high, start, step = 0.01) => ({
        low,
        high,
        step,
        start,
        allowed: `a number from ${low} to ${high}`,
        read(text) {
            const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
            return low <= value && value <= high ? value : null;
        },
    });

    const colour = {
        start: "#ffffff",
        allowed: "a colour written #rrggbb",
        read: (text) => (/^#[0-9a-f]{6}$/i.test(text) ? text.toLowerCase() : null),
    };

    const EVERY = { size: number(0.05, 2, 1), color: colour, intensity: number(0, 2, 1), softness: number(0, 1, 1) };
    const KINDS = {
        __proto__: null,
        point: { __proto__: null, x: number(0, 1, 0.5), y: number(0, 1, 0.5), ...EVERY },
        side: { __proto__: null, angle: number(0, 360, 0, 1), ...EVERY },
    };

    /** A lamp of that kind: with these values, else at its defaults. */
    function make(kind, values = {}) {
        const lamp = { kind };
        for (const [key, { start }] of Object.entries(KINDS[kind])) lamp[key] = values[key] ?? start;
        return lamp;
    }

    /** A lamp with other values, as far as they go; where `set` in steps, so that its text stays short. */
    function changed(lamp, values, set = false) {
        const other = { ...lamp };
        for (const [key, value] of Object.entries(values)) {
            const { low, high, step } = KINDS[lamp.kind][key];
            const stepped = set && step ? Math.round(value / step) / Math.round(1 / step) : value;
            other[key] = step ? Math.min(Math.max(stepped, low), high) : value;
        }
        return other;
    }

    /** The lamps of a text; throws an Error with a sentence where it is none. */
    function parse(text) {
        const parts = text.trim() ? text.split("+") : [];
        if (parts.length > MOST) {
            throw new Error(`IC-Light: lamps has ${parts.length} lamps but takes at most ${MOST}.`);
        }
        return parts.map((part, index) => one(part.trim().split(/\s+/), `lamps[${index}]`));
    }

    function one([kind, ...words], name) {
        if (!(kind in KINDS)) {
            const known = Object.keys(KINDS).join(", ");
            throw new Error(`IC-Light: ${name}.kind is '${kind}' but must be one of ${known}.`);
        }
        const keys = KINDS[kind];
        const values = { __proto__: null };
        for (let i = 0; i < words.length; i += 2) {
            const [key, text = ""] = words.slice(i, i + 2);
            if (!(key in keys)) throw new Error(`IC-Light: ${name} ${unknown(kind, key)}.`);
            values[key] = read(keys[key], text, `${name}.${key}`);
        }
        return make(kind, values);
    }

    function unknown(kind, key) {
        const other = Object.keys(KINDS).find((name) => key in KINDS[name]);
        if (other) return `is a ${kind} and has no ${key}: leave it out, or make it a ${other}`;
        return `knows no '${key}': a ${kind} knows ${Object.keys(KINDS[kind]).join(", ")}`;
    }

    function read(what, text, name) {
        const value = what.read(text);
        if (value !== null) return value;
        const shown = text === "" || Number.isNaN(Number(text)) ? `'${text}'` : text;
        throw new Error(`IC-Light: ${name} is ${shown} but must be ${what.allowed}.`);
    }

    /** A colour as it is kept; throws as `parse`. */
    const checkedColour = (text, name) => read(colour, String(text), name);

    function write(lamps) {
        const written = (lamp) => {
            const set = Object.entries(KINDS[lamp.kind]).filter(([key, { start }]) => (lamp[key] ?? start) !== start);
            return [lamp.kind, ...set.flatMap(([key]) => [key, String(lamp[key])])].join(" ");
        };
        return lamps.map(written).join(" + ");
    }

    /** Red, green and blue of #rrggbb, 0..1. */
    const levels = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16) / 255);

    const AMBIENT = 0.45;
    const INTENSITY = 0.85;

    /** What the classic engine makes of the lamps, as painting.request.lighting says it, in plain values. */
    function lighting(lamps, ambient) {
        return {
            ambient: levels(ambient).map((level) => AMBIENT + (1 - AMBIENT) * level),
            lamps: lamps.map((lamp) => ({
                ...source(lamp),
                color: levels(lamp.color).map((level) => level * INTENSITY * lamp.intensity),
                softness: lamp.softness,
            })),
        };
    }

    function source(lamp) {
        if (lamp.kind === "point") return { point: true, x: lamp.x, y: lamp.y, height: 2 * lamp.size };
        const turn = (lamp.angle * Math.PI) / 180;
        return { point: false, x: Math.cos(turn), y: -Math.sin(turn), height: 1 };
    }

    const clipped = (share) => Math.min(Math.max(share, 0), 1);
    const decode = (level) => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4);
    const encode = (light) => (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055);

    // A power for every pixel of every lamp would be felt under the hand. Between the steps of DECODED a straight line
    // is exact to a thousandth of a level; LEVELS is so fine that it is a tenth of a level off where it is steepest.
    const DECODED = 1024;
    const LEVELS = 16384;
    let tables = null;

    function tabled() {
        if (!tables) {
            tables = {
                decoded: Float64Array.from({ length: DECODED + 2 }, (_, i) => decode(i / DECODED)),
                level: Uint8Array.from({ length: LEVELS + 1 }, (_, i) => Math.round(encode(i / LEVELS) * 255)),
            };
        }
        return tables;
    }

    const SHARES = {
        /** 1 at the bright end, 0 at the other, as lights._ramp; a smaller size ends it sooner. */
        side({ angle, size }, width, height, share) {
            const turn = (angle * Math.PI) / 180;
            const across = towards(Math.cos(turn)) * Math.max(width - 1, 1);
            const down = -towards(Math.sin(turn)) * Math.max(height - 1, 1);
            const parts = Math.abs(across) + Math.abs(down);
            const columns = along(across, width, parts);
            const rows = along(down, height, parts);
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
    const towards = (part) => Number(part.toFixed(12));

    /** One axis' part of a ramp. */
    function along(side, count, parts) {
        const step = 1 / Math.max(count - 1, 1);
        const bright = (i) => (side > 0 ? i * step : 1 - i * step);
        return Float64Array.from({ length: count }, (_, i) => (Math.abs(side) / parts) * bright(i));
    }

    /** The light map, RGBA from the top: lamps add up in linear light. */
    function lightMap(lamps, ambient, width, height) {
        const { decoded, level } = tabled();
        const pixels = width * height;
        const share = new Float64Array(pixels);
        const sums = levels(ambient).map((own) => new Float64Array(pixels).fill(decode(own)));
        for (const lamp of lamps) {
            SHARES[lamp.kind](lamp, width, height, share);
            const steep = 1 / Math.max(lamp.softness, 1e-6);
            const [red, green, blue] = levels(lamp.color).map((own) => decode(own) * lamp.intensity);
            for (let at = 0; at < pixels; at++) {
                const steps = clipped((clipped(share[at]) - 0.5) * steep + 0.5) * DECODED;
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

    const lamps = { MOST, KINDS, make, changed, parse, write, colour: checkedColour };
    window.ICLight = Object.assign(window.ICLight || {}, { lamps, lighting, lightMap });
})();
