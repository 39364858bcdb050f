// What was set, as a command for a shell, as a line of its table and as the body of an API request. Pure functions.

(function () {
    "use strict";

    const TITLE = "IC-Light";

    // What stands for pictures, which are too large for a line: in a command their files, in a body what to fill in.
    const PHOTO = "photo.png";
    const RESULT = "relit.png";
    const INIT = "init.png";
    const BASE64 = "BASE64 OF";

    // Options that the command says in another way: by being asked, and as the photo.
    const BY_POSITION = ["enabled", "foreground"];

    /** A word as sh takes it, whatever it has: in single quotes, where nothing but a quote means anything. */
    const quote = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

    const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

    /** The options that are not at their default, and the light where there are lamps: without it they would shine. */
    function selectChanged(options, defaults) {
        const isNeeded = (name, value) =>
            !isSame(value ?? null, defaults[name]) || (name === "light" && Boolean(options.lamps));
        return Object.entries(options).filter(([name, value]) => isNeeded(name, value));
    }

    /** A flag of an option or a setting with its value, as one word: a value may begin with a dash. */
    function writeFlag(name, value, pictures) {
        const flag = `--${name.replaceAll("_", "-")}`;
        if (pictures.includes(name)) return `${flag}=${name}.png`;
        if (value === true) return flag;
        if (value === false) return flag.replace("--", "--no-");
        return quote(`${flag}=${value}`);
    }

    /**
     * The command that makes the same picture.
     *
     * @param {Object} options by name, as the API takes them, lamps as text; of pictures anything where there is one, else null
     * @param {Object} declared {defaults, pictures}: of every option its default, and which are pictures
     * @param {Object} settings of the generation by the names of the command's flags, such as prompt
     */
    function writeCommand(options, { defaults, pictures }, settings = {}) {
        const changed = selectChanged(options, defaults).filter(([name]) => !BY_POSITION.includes(name));
        const flags = [...changed, ...Object.entries(settings)].map(([name, value]) => writeFlag(name, value, pictures));
        return ["ic-light", "relight", PHOTO, "-o", RESULT, ...flags].join(" ");
    }

    /** The line of a table of `relight` that makes the same picture, in JSON; arguments as of writeCommand. */
    function writeLine(options, { defaults, pictures }, settings = {}) {
        const changed = selectChanged(options, defaults).filter(([name]) => !BY_POSITION.includes(name));
        const values = changed.map(([name, value]) => [name, pictures.includes(name) ? `${name}.png` : value]);
        return JSON.stringify({ photo: PHOTO, name: RESULT, ...Object.fromEntries(values), ...settings });
    }

    /**
     * The body of a request to /sdapi/v1/txt2img or img2img that makes the same picture, as text.
     *
     * @param {Object} settings of the generation by the names of the body's fields
     */
    function writeBody(options, { defaults, pictures }, settings = {}, tab = "txt2img") {
        const changed = selectChanged({ ...options, foreground: true }, defaults).filter(([name]) => name !== "enabled");
        const values = changed.map(([name, value]) => {
            if (name === "foreground") return [name, `${BASE64} ${PHOTO}`];
            return [name, pictures.includes(name) ? `${BASE64} ${name}.png` : value];
        });
        const scripts = { [TITLE]: { args: [Object.fromEntries(values)] } };
        const init = tab === "img2img" ? { init_images: [`${BASE64} ${INIT}`] } : {};
        return JSON.stringify({ ...init, ...settings, alwayson_scripts: scripts }, null, 2);
    }

    /** A colour as #rrggbb, where a control says it as rgba(r, g, b, a): gradio 5 does. Any other value is left alone. */
    function toHex(value) {
        const parts = typeof value === "string" && value.match(/^rgba?\(([\d.]+), *([\d.]+), *([\d.]+)/);
        if (!parts) return value;
        const levels = parts.slice(1).map((part) => Math.min(Math.round(Number(part)), 255).toString(16).padStart(2, "0"));
        return `#${levels.join("")}`;
    }

    /**
     * Options from the values of controls.
     *
     * @param {Object} keys by option, of what its control shows what that stands for
     * @param {Object} newest those that the controls may not have yet
     */
    function readOptions(names, values, keys = {}, newest = {}) {
        const read = (name, value) => toHex(keys[name]?.[value] ?? value ?? null);
        const options = Object.fromEntries(names.map((name, i) => [name, read(name, values[i])]));
        return options.light === "lamps" ? { ...options, ...newest } : options;
    }

    /**
     * The settings of a generation from the values of controls, by flags and by fields: what is not set is left out.
     *
     * @param {string[][]} names of each setting, the command's and the body's
     */
    function readSettings(names, values) {
        const set = names.map(([flag, field], i) => ({ flag, field, value: toHex(values[i]) }));
        const found = Object.fromEntries(set.map(({ flag, value }) => [flag, value]));
        const said = set.filter(({ flag, value }) => {
            return !["backdrop", "colour"].includes(flag) && value !== null && value !== "" && value !== 0;
        });
        const by = (key, some) => Object.fromEntries(some.map((setting) => [setting[key], setting.value]));
        const isHires = ({ flag }) => flag.startsWith("hires_");
        const { hires, ...flags } = by("flag", said.filter((setting) => found.hires || !isHires(setting)));
        // img2img has no second stage, and a denoising strength of its own.
        const fields = by("field", said.filter((setting) => found.hires !== false || !isHires(setting)));
        // The classic engine's own.
        if (found.backdrop === "plain") {
            flags.backdrop = found.colour;
            fields.override_settings = { ic_light_backdrop: found.colour };
        }
        return { flags, fields };
    }

    window.ICLight = Object.assign(window.ICLight || {}, {
        requests: { quote, writeCommand, writeLine, writeBody, readOptions, readSettings, toHex },
    });
})();
