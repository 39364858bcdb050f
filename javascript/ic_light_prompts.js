// Words in a prompt, between commas. Pure functions.

(function () {
    "use strict";

    const tidy = (text) => text.replace(/^(, )+|(, )+$/g, "").replace(/(, ){2,}/g, ", ");

    const add = (text, words) => [...text.split(", ").filter(Boolean), words].join(", ");
    const remove = (text, words) => tidy(text.replace(words, ""));

    /** With `words` in the place of `earlier` ones, where those still stand there; else after the others, once. */
    function replace(text, earlier, words) {
        if (earlier && text.includes(earlier)) return words ? text.replace(earlier, () => words) : remove(text, earlier);
        return !words || text.includes(words) ? text : add(text, words);
    }

    window.ICLight = Object.assign(window.ICLight || {}, { prompts: { add, remove, replace } });
})();
