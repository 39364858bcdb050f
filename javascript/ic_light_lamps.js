// Lamps, and how they are written as text. Pure functions.
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

    const flag = {
        start: true,
        allowed: "true or false",
        read: (text) => ({ true: true, false: false })[text] ?? null,
    };

    const EVERY = {
        size: number(0.05, 2, 1),
        color: colour,
        intensity: number(0, 2, 1),
        softness: number(0, 1, 1),
        depth: number(-1, 1, 1),
        on: flag,
    };
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

    const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
    const round = (value, step) => Math.round(value / step) / Math.round(1 / step);

    /** A lamp with other values, as far as they go; where asked for in steps, so that its text stays short. */
    function change(lamp, values, inSteps = false) {
        const other = { ...lamp };
        for (const [key, value] of Object.entries(values)) {
            const { low, high, step } = KINDS[lamp.kind][key] || {};
            other[key] = step ? clamp(inSteps ? round(value, step) : value, low, high) : value;
        }
        return other;
    }

    // What a key moves, turns and resizes by; without and with Shift.
    const STRIDE = [0.02, 0.1];
    const TURN = [5, 15];
    const GROWTH = 0.05;
    const DEEPENING = 0.1;

    /** An angle some degrees further on, 0..360. */
    const turn = (angle, by) => (angle + by + 360) % 360;

    /** The values of a lamp one step further on, to the right or down as `way` says, or one large step. */
    function step(lamp, [right, down], far = false) {
        if (lamp.kind === "side") return { angle: turn(lamp.angle, -TURN[Number(far)] * (right + down)) };
        const stride = STRIDE[Number(far)];
        return { x: clamp(lamp.x + stride * right, 0, 1), y: clamp(lamp.y + stride * down, 0, 1) };
    }

    // Where new lamps go: to the first place that none has yet.
    const FREE = {
        point: [[0.3, 0.25], [0.7, 0.25], [0.5, 0.5], [0.3, 0.75], [0.7, 0.75], [0.5, 0.1], [0.5, 0.9]],
        side: [180, 0, 90, 135, 45, 270, 225, 315],
    };
    const BESIDE = { place: 0.08, angle: 20 };

    function isNear(lamp, place) {
        if (lamp.kind === "point") return Math.hypot(lamp.x - place.x, lamp.y - place.y) < BESIDE.place;
        const apart = Math.abs(lamp.angle - place.angle) % 360;
        return Math.min(apart, 360 - apart) < BESIDE.angle;
    }

    /** A lamp of that kind where none of the others is. */
    function makeApart(kind, others) {
        const places = FREE[kind].map((at) => (kind === "side" ? { angle: at } : { x: at[0], y: at[1] }));
        const isTaken = (place) => others.some((lamp) => lamp.kind === kind && isNear(lamp, place));
        return make(kind, places.find((place) => !isTaken(place)) || places[0]);
    }

    /** The same lamp a little to the side. */
    function makeBeside(lamp) {
        if (lamp.kind === "side") return change(lamp, { angle: turn(lamp.angle, BESIDE.angle) }, true);
        const shift = (value) => value + (value > 1 - BESIDE.place ? -BESIDE.place : BESIDE.place);
        return change(lamp, { x: shift(lamp.x), y: shift(lamp.y) }, true);
    }

    /** The lamps of a text; throws an Error with a sentence where it is none. */
    function parse(text) {
        const parts = text.trim() ? text.split("+") : [];
        if (parts.length > MOST) {
            throw new Error(`IC-Light: lamps has ${parts.length} lamps but takes at most ${MOST}.`);
        }
        return parts.map((part, index) => parseOne(part.trim().split(/\s+/), `lamps[${index}]`));
    }

    function parseOne([kind, ...words], name) {
        if (!(kind in KINDS)) {
            const known = Object.keys(KINDS).join(", ");
            throw new Error(`IC-Light: ${name}.kind is '${kind}' but must be one of ${known}.`);
        }
        const keys = KINDS[kind];
        const values = { __proto__: null };
        for (let i = 0; i < words.length; i += 2) {
            const [key, text = ""] = words.slice(i, i + 2);
            if (!(key in keys)) throw new Error(`IC-Light: ${name} ${explainUnknown(kind, key)}.`);
            values[key] = read(keys[key], text, `${name}.${key}`);
        }
        return make(kind, values);
    }

    function explainUnknown(kind, key) {
        const other = Object.keys(KINDS).find((name) => key in KINDS[name]);
        if (other) return `is a ${kind} and has no ${key}: leave it out, or make it a ${other}`;
        return `knows no '${key}': a ${kind} knows ${Object.keys(KINDS[kind]).join(", ")}`;
    }

    function read(kind, text, name) {
        const value = kind.read(text);
        if (value !== null) return value;
        const quoted = text === "" || Number.isNaN(Number(text)) ? `'${text}'` : text;
        throw new Error(`IC-Light: ${name} is ${quoted} but must be ${kind.allowed}.`);
    }

    /** A colour as it is kept; throws as `parse`. */
    const checkColour = (text, name) => read(colour, String(text), name);

    function write(lamps) {
        const writeOne = (lamp) => {
            const other = Object.entries(KINDS[lamp.kind]).filter(([key, { start }]) => (lamp[key] ?? start) !== start);
            return [lamp.kind, ...other.flatMap(([key]) => [key, String(lamp[key])])].join(" ");
        };
        return lamps.map(writeOne).join(" + ");
    }

    /** Red, green and blue of #rrggbb, 0..1. */
    const parseLevels = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16) / 255);

    const lamps = {
        MOST,
        KINDS,
        STRIDE,
        TURN,
        GROWTH,
        DEEPENING,
        make,
        makeApart,
        makeBeside,
        change,
        clamp,
        round,
        turn,
        step,
        parse,
        write,
        checkColour,
        parseLevels,
    };
    window.ICLight = Object.assign(window.ICLight || {}, { lamps });
})();
