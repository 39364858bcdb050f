// What the browser alone knows of lamps, which no text of lamps has: their names, and whether they are locked. Pure functions.

(function () {
    "use strict";

    const write = (lamps) => JSON.stringify(lamps.map(({ name, locked }) => ({ name, locked })));

    /** Lamps with what was noted of them, one by one. */
    function add(lamps, text) {
        const noted = JSON.parse(text);
        return lamps.map((lamp, i) => {
            const { name, locked } = noted[i] || {};
            return { ...lamp, ...(name && { name }), ...(locked && { locked }) };
        });
    }

    window.ICLight = Object.assign(window.ICLight || {}, { notes: { write, add } });
})();
