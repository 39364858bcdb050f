// Colours of light: sRGB and linear light, and the colour of a colour temperature. Pure functions.

(function () {
    "use strict";

    /** From sRGB to linear light, both 0..1, and back (IEC 61966-2-1). */
    const decode = (level) => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4);
    const encode = (light) => (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055);

    const LUMINANCE = [0.2126, 0.7152, 0.0722];

    /** Of linear light, red, green and blue. */
    const findLuminance = (light) => light.reduce((sum, part, i) => sum + part * LUMINANCE[i], 0);

    /** #rrggbb of linear light, red, green and blue. */
    function writeColour(light) {
        const levels = light.map((part) => Math.round(encode(Math.min(Math.max(part, 0), 1)) * 255));
        return `#${levels.map((level) => level.toString(16).padStart(2, "0")).join("")}`;
    }

    /**
     * The colour of light of a temperature.
     *
     * @param {number} kelvin table.low to table.high
     * @param {Object} table lib_iclight/light/temperature.py's
     */
    function colourTemperature(kelvin, { mireds, light }) {
        const mired = 1e6 / kelvin;
        const after = Math.max(mireds.findIndex((known) => known >= mired), 1);
        const share = (mired - mireds[after - 1]) / (mireds[after] - mireds[after - 1]);
        return writeColour(light[after].map((part, i) => light[after - 1][i] + (part - light[after - 1][i]) * share));
    }

    /** The temperature whose light is nearest to a colour at its brightest, to a step of the table's. */
    function findTemperature(colour, table) {
        const light = window.ICLight.lamps.parseLevels(colour).map(decode);
        const brightest = Math.max(...light);
        const wanted = light.map((part) => (brightest ? encode(part / brightest) : 1));
        let [found, least] = [table.high, Infinity];
        for (let kelvin = table.low; kelvin <= table.high; kelvin += table.step) {
            const levels = window.ICLight.lamps.parseLevels(colourTemperature(kelvin, table));
            const away = Math.hypot(...levels.map((level, i) => level - wanted[i]));
            if (away < least) [found, least] = [kelvin, away];
        }
        return found;
    }

    const colours = { decode, encode, findLuminance, writeColour, colourTemperature, findTemperature };
    window.ICLight = Object.assign(window.ICLight || {}, { colours });
})();
