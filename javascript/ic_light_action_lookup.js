// Finds actions (ic_light_actions.js) by their name and their keys, does them, and lists them.

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

    /** What a key does where the focus is: {action, told}, or null. A combination without Shift takes it too, unless
     * another has it. */
    function find(event, focus) {
        const places = ["lamp", "dial", "crosshair"].includes(focus) ? [focus, "editor"] : [focus];
        for (const place of places) {
            const found = window.ICLight.ACTIONS.filter((action) => action.focus === place && action.run)
                .flatMap((action) => Object.entries(action.keys || {}).map(([keys, told]) => ({ action, keys, told })))
                .filter(({ keys }) => matches(split(keys), event))
                .sort((one, other) => split(other.keys).length - split(one.keys).length);
            if (found.length) return found[0];
        }
        return null;
    }

    const isEnabled = (action, editor) => !action.enabled || action.enabled(editor);

    /** Do it, where it can be done. */
    function run(action, editor, told = null) {
        if (isEnabled(action, editor)) action.run(editor, told);
    }

    /** An action's combinations as people call them, each in its parts. */
    function nameKeys(action) {
        const named = Object.keys(action.keys || {}).map((keys) => keys.replace(/Arrow\w+/, "Arrow keys"));
        return [...new Set(named)].map(split);
    }

    /** All that is done by keys or gestures: [{focus, heading, actions: [{title, gesture, keys}]}]. */
    function list() {
        return Object.entries(window.ICLight.HEADINGS).map(([focus, heading]) => {
            const actions = window.ICLight.ACTIONS.filter((action) => action.focus === focus);
            const rows = actions.map((action) => {
                return { title: action.title, gesture: action.gesture || "", keys: nameKeys(action) };
            });
            return { focus, heading, actions: rows };
        });
    }

    const actions = {
        get byName() {
            return Object.fromEntries(window.ICLight.ACTIONS.map((action) => [action.name, action]));
        },
        find,
        isEnabled,
        run,
        nameKeys,
        list,
    };
    window.ICLight = Object.assign(window.ICLight || {}, { actions });
})();
