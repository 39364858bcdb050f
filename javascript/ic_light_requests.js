// What was set, as a command for a shell and as the body of an API request. Pure functions.

(function () {
    "use strict";

    const TITLE = "IC-Light";

    // What stands for pictures, which are too large for a line: in a command their files, in a body what to fill in.
    const PHOTO = "photo.png";
    const RESULT = "relit.png";
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

    /**
     * The body of a request to /sdapi/v1/txt2img that makes the same picture, as text.
     *
     * @param {Object} settings of the generation by the names of the body's fields
     */
    function writeBody(options, { defaults, pictures }, settings = {}) {
        const changed = selectChanged({ ...options, foreground: true }, defaults).filter(([name]) => name !== "enabled");
        const values = changed.map(([name, value]) => {
            if (name === "foreground") return [name, `${BASE64} ${PHOTO}`];
            return [name, pictures.includes(name) ? `${BASE64} ${name}.png` : value];
        });
        const scripts = { [TITLE]: { args: [Object.fromEntries(values)] } };
        return JSON.stringify({ ...settings, alwayson_scripts: scripts }, null, 2);
    }

    window.ICLight = Object.assign(window.ICLight || {}, { requests: { quote, writeCommand, writeBody } });
})();
