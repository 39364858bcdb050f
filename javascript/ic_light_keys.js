// Combinations of keys ("Ctrl+Shift+Z"), as ic_light_actions.js has them: whether one was pressed, and how people call it.
// Ctrl is the Mac's command key too.

(function () {
    "use strict";

    // What a key is where Shift was not pressed for it.
    const SAME_KEYS = { "=": "+", _: "-" };

    /** The parts of a combination, its key last. */
    const split = (combination) => combination.split(/\+(?=.)/);

    function matches(parts, event) {
        const key = SAME_KEYS[event.key] || event.key;
        return (
            parts.at(-1).toLowerCase() === key.toLowerCase() &&
            parts.includes("Ctrl") === (event.ctrlKey || event.metaKey) &&
            (event.shiftKey || !parts.includes("Shift")) &&
            !event.altKey
        );
    }

    /** An action's combinations as people call them, each in its parts. */
    function nameKeys(action) {
        const named = Object.keys(action.keys || {}).map((keys) => keys.replace(/Arrow\w+/, "Arrow keys"));
        return [...new Set(named)].map(split);
    }

    window.ICLight = Object.assign(window.ICLight || {}, { keys: { split, matches, nameKeys } });
})();
