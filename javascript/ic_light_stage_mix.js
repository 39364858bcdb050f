// A mix of a light stage: what each lamp's picture is multiplied by. What lib_iclight/stage/mix.py computes; pure
// functions of a mix as the server writes it.

(function () {
    "use strict";

    const WHITE = 6504;

    const decodeColour = (text) => window.ICLight.lamps.parseLevels(text).map(window.ICLight.colours.decode);

    /** The colour #rrggbb of a lamp: by its gel, its temperature, or its own. */
    function findColour(lamp, { gels, temperatures }) {
        const gel = gels.find(({ name }) => name === lamp.gel);
        if (gel) return gel.color;
        return lamp.kelvin === WHITE ? lamp.color : window.ICLight.colours.colourTemperature(lamp.kelvin, temperatures);
    }

    /** The gains of red, green and blue by which light of a colour looks white. */
    function balance({ white_kelvin: kelvin, white_tint: tint }, { temperatures }) {
        const gains = decodeColour(window.ICLight.colours.colourTemperature(kelvin, temperatures)).map((part) => 1 / part);
        gains[1] *= 2 ** -tint;
        const luminance = window.ICLight.colours.findLuminance(gains);
        return gains.map((gain) => gain / luminance);
    }

    /** Which lamps shine: where any that is on is solo, only those. */
    function findShining({ lamps }) {
        const isAlone = lamps.some(({ on, solo }) => on && solo);
        return lamps.map(({ on, solo }) => on && (solo || !isAlone));
    }

    /** Linear red, green and blue by lamp, with exposure and white balance. */
    function weigh(mix, tables) {
        const shining = findShining(mix);
        const gains = balance(mix, tables).map((gain) => gain * 2 ** mix.exposure);
        return mix.lamps.map((lamp, i) => {
            const light = decodeColour(findColour(lamp, tables));
            return light.map((part, channel) => (shining[i] ? part * lamp.intensity * gains[channel] : 0));
        });
    }

    /** Light as a colour and an intensity, which is that of its brightest channel. */
    function split(light) {
        const intensity = Math.max(...light);
        return { intensity, color: window.ICLight.colours.writeColour(light.map((part) => (intensity > 0 ? part / intensity : 1))) };
    }

    /** Another value for a lamp, and for those of its group; what is locked stays as it is. */
    function change(mix, index, values) {
        const { group } = mix.lamps[index];
        const isMeant = (lamp, i) => i === index || (group && lamp.group === group && !("name" in values || "group" in values));
        const changed = (lamp, i) => (isMeant(lamp, i) && (!lamp.lock || "lock" in values) ? { ...lamp, ...values } : lamp);
        return { ...mix, lamps: mix.lamps.map(changed) };
    }

    /** Another value for every lamp that is not locked. */
    function changeAll(mix, values) {
        return { ...mix, lamps: mix.lamps.map((lamp) => (lamp.lock ? lamp : { ...lamp, ...values })) };
    }

    const stageMix = { WHITE, findColour, findShining, weigh, split, change, changeAll };
    window.ICLight = Object.assign(window.ICLight || {}, { stageMix });
})();
