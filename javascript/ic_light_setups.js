// Set-ups of lamps as a file of JSON: what lib_iclight/request/setups.py reads and writes, by what it tells (`declared`).
// A set-up is {name, lamps, ambient_color, shading, roughness, specular, backdrop_light}, lamps in text form. Pure functions.

(function () {
    "use strict";

    const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

    function refuse(sentence) {
        throw new Error(`IC-Light: ${sentence}.`);
    }

    function refuseUnknown(at, plain, known) {
        const key = Object.keys(plain).find((name) => !known.includes(name));
        if (key !== undefined) refuse(`${at} knows no '${key.slice(0, 60)}': it knows ${known.join(", ")}`);
    }

    /** What is set beside lamps; throws where it is not allowed. */
    function checkOption(at, name, value, option) {
        const isNumber = typeof value === "number" && option.low <= value && value <= option.high;
        if (isNumber || (option.names || []).includes(value)) return value;
        if (option.pattern && typeof value === "string" && new RegExp(option.pattern).test(value)) return value.toLowerCase();
        return refuse(`${at}: ${name} is ${String(JSON.stringify(value)).slice(0, 60)} but must be ${option.allowed}`);
    }

    function checkName(at, name, longest) {
        const kept = typeof name === "string" ? name.trim() : "";
        if (!kept || [...name].length > longest || /\p{C}|\p{Zl}|\p{Zp}/u.test(kept)) {
            refuse(`${at}: name must be a text of 1 to ${longest} characters, without line breaks`);
        }
        return kept;
    }

    function readOne(item, at, { longestName, options }) {
        if (!isObject(item)) refuse(`${at} is no object with a name and lamps`);
        refuseUnknown(at, item, ["name", "lamps", ...Object.keys(options)]);
        if (typeof item.lamps !== "string") refuse(`${at} has no lamps as text: add them`);
        const { parse, write } = window.ICLight.lamps;
        const setup = { name: checkName(at, item.name, longestName), lamps: write(parse(item.lamps)) };
        for (const [name, option] of Object.entries(options)) {
            setup[name] = name in item ? checkOption(at, name, item[name], option) : option.default;
        }
        return setup;
    }

    /** The set-ups of a file's text; throws an Error with a sentence where it is none. */
    function read(text, declared) {
        const { key, version, most, largest } = declared;
        if (new Blob([text]).size > largest) refuse(`the file has more than ${largest} bytes: give one that IC-Light wrote`);
        let plain = null;
        try {
            plain = JSON.parse(text.replace(/^\ufeff/, ""));
        } catch {
            refuse("the file is no JSON: give one that IC-Light wrote");
        }
        if (!isObject(plain) || !(key in plain)) refuse(`the file has no '${key}': give one that IC-Light wrote`);
        if (plain[key] !== version) refuse(`the file is of another version and this reads ${version}: update IC-Light`);
        refuseUnknown("the file", plain, [key, "setups"]);
        if (!Array.isArray(plain.setups) || plain.setups.length > most) {
            refuse(`setups must be a list of at most ${most} set-ups`);
        }
        const setups = plain.setups.map((item, i) => readOne(item, `setups[${i}]`, declared));
        const names = setups.map(({ name }) => name);
        const twice = names.find((name, i) => names.indexOf(name) < i);
        if (twice !== undefined) refuse(`two set-ups are called '${twice}': give each a name of its own`);
        return setups;
    }

    /** A file's text; what is at its default, or not set, is left out. */
    function write(setups, { key, version, options }) {
        const plain = setups.map(({ name, lamps, ...others }) => {
            const set = Object.entries(options).filter(([option, { default: start }]) => {
                return (others[option] ?? start) !== start;
            });
            return { name, lamps, ...Object.fromEntries(set.map(([option]) => [option, others[option]])) };
        });
        return `${JSON.stringify({ [key]: version, setups: plain }, null, 2)}\n`;
    }

    window.ICLight = Object.assign(window.ICLight || {}, { setups: { read, write } });
})();
