// A mix of a light stage as lamps of the panel, and what they cannot carry. Pure functions.

(function () {
    "use strict";

    const AMBIENT = 90;
    // How far a side stands in front of the picture, and behind it (lib_iclight/shading/surface.py).
    const [HEIGHT, BEHIND] = [0.45, 1.2];

    /** The side from which a direction comes: {lamp, isExact}. A lamp cannot stand as far in front as 90 degrees. */
    function placeDirection({ angle, elevation }) {
        const away = Math.tan((elevation * Math.PI) / 180);
        const depth = away > 0 ? away / HEIGHT : away / BEHIND;
        const kept = Math.round(Math.min(Math.max(depth, -1), 1) * 100) / 100;
        return { lamp: { kind: "side", angle: ((angle % 360) + 360) % 360, depth: kept }, isExact: Math.abs(depth) <= 1 };
    }

    /**
     * The lamps of a mix.
     *
     * @param {Array} lights of the basis, in the order of the mix' lamps
     * @return {{lamps: Array, ambient: string, lost: string[]}} ambient in #rrggbb; lost: what is not carried, in sentences
     */
    function toLamps(mix, lights, tables) {
        const { phrase, translate } = window.ICLight.elements;
        const { colours, stageMix } = window.ICLight;
        const { MOST, KINDS, make } = window.ICLight.lamps;
        const { high } = KINDS.side.intensity;
        const mixed = stageMix.weigh(mix, tables).map((weight, i) => {
            const [light, { name }] = [lights[i], mix.lamps[i]];
            const isEven = !light.kind && light.elevation === AMBIENT;
            const placed = light.kind || isEven ? { lamp: light, isExact: true } : placeDirection(light);
            return { name, weight, isEven, ...placed, ...stageMix.split(weight) };
        });
        const acting = mixed.filter(({ intensity, isEven }) => intensity > 0 && !isEven);
        const chosen = [...acting].sort((a, b) => b.intensity - a.intensity).slice(0, MOST);
        const name = (some) => some.map((one) => one.name).join(", ");
        const lost = [];
        const lose = (some, sentence, ...values) => some.length && lost.push(phrase(sentence, name(some), ...values));
        lose(acting.filter((one) => !chosen.includes(one)), "Left out: {}; the panel takes {} lamps.", MOST);
        lose(chosen.filter(({ intensity }) => intensity > high), "Brighter in the mix than a lamp can be: {}; now {}.", high);
        lose(chosen.filter(({ isExact }) => !isExact), "Nearer to the picture's plane than in the mix: {}.");
        if (mix.curve !== "none") lost.push(translate("The filmic curve is left out: lamps have none."));
        const even = mixed.filter(({ isEven }) => isEven).reduce((sum, { weight }) => sum.map((part, i) => part + weight[i]), [0, 0, 0]);
        const lamps = chosen.map(({ lamp, color, intensity }) =>
            make(lamp.kind, { ...lamp, color, intensity: Math.round(Math.min(intensity, high) * 100) / 100 }));
        return { lamps, ambient: colours.writeColour(even), lost };
    }

    window.ICLight = Object.assign(window.ICLight || {}, { toLamps });
})();
