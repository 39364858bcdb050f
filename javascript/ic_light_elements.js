// Elements of the page, made and changed. Hosts translate a page by replacing whole texts: words and numbers stand in
// elements of their own.

(function () {
    "use strict";

    const ICONS = {
        undo: "M9 5 5 9l4 4M5 9h9a5 5 0 0 1 0 10h-3",
        redo: "M15 5l4 4-4 4M19 9h-9a5 5 0 0 0 0 10h3",
        add: "M12 5v14M5 12h14",
        duplicate: "M9 9h10v10H9zM5 15V5h10",
        remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
        help: "M8 9a4 4 0 1 1 6 3.4c-1.3.8-2 1.6-2 3.1M12 20v.01",
    };

    const SVG = "http://www.w3.org/2000/svg";

    const TRANSLATED = ["title", "aria-label"];

    /** As the host says it: of what comes into a page later, hosts translate texts by themselves, but no titles. */
    const translate = (text) => (window.localization || {})[text] || text;

    /** The same of a text with {} in it, each in turn one of the values. */
    const phrase = (text, ...values) => translate(text).replace(/\{\}/g, () => values.shift());

    /** An element with attributes, listeners (on...) and children. */
    function create(tag, given = {}, ...children) {
        const inSvg = ["svg", "path"].includes(tag);
        const element = inSvg ? document.createElementNS(SVG, tag) : document.createElement(tag);
        for (const [name, value] of Object.entries(given)) {
            if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
            else element.setAttribute(name, TRANSLATED.includes(name) ? translate(value) : value);
        }
        element.append(...children);
        return element;
    }

    function createIcon(name) {
        const given = { class: "ic-light-icon", viewBox: "0 0 24 24", "aria-hidden": "true" };
        return create("svg", given, create("path", { d: ICONS[name] }));
    }

    function createButton(title, onclick, ...children) {
        return create("button", { class: "ic-light-button", type: "button", title, onclick }, ...children);
    }

    /** What an action does, and the first of its keys. */
    function nameAction(action) {
        const [keys] = window.ICLight.keys.nameKeys(action);
        return translate(action.title) + (keys ? ` (${keys.map(translate).join("+")})` : "");
    }

    /** The button of an action. */
    function createActionButton(action, editor) {
        const children = [action.icon && createIcon(action.icon), action.label && createWord(action.label)];
        const run = () => action.holds || window.ICLight.actions.run(action, editor);
        return createButton(nameAction(action), run, ...children.filter(Boolean));
    }

    /** Save a Blob as a file of the person's. */
    function save(name, blob) {
        const address = URL.createObjectURL(blob);
        create("a", { href: address, download: name }).click();
        URL.revokeObjectURL(address);
    }

    const createWord = (text) => create("span", {}, text);
    const createNumber = (title = "") => create("span", { class: "ic-light-value", ...(title && { title }) });
    const createSpace = () => create("span", { class: "ic-light-space" });
    const createRow = (...children) => create("div", { class: "ic-light-row" }, ...children);

    /** A canvas is a picture, for whoever does not see it. */
    function namePicture(canvas, label) {
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", translate(label));
    }

    // Only what is another is written: the page is not styled and laid out anew with every step of a drag.

    function setText(element, text) {
        if (element.textContent !== text) element.textContent = text;
    }

    function setAttribute(element, name, value) {
        if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
    }

    function setStyle(element, name, value) {
        if (element.style.getPropertyValue(name) !== String(value)) element.style.setProperty(name, value);
    }

    function setValue(input, value) {
        if (input.value !== String(value)) input.value = value;
    }

    /** A number as a slider, in a row with its label and its value. `show` gives it a number, and the words that tell it. */
    function createSlider(label, { low, high, step, title }, oninput, onchange = () => {}) {
        const named = { "aria-label": label, ...(title && { title }) };
        const given = { type: "range", class: "ic-light-range", min: low, max: high, step, ...named };
        const range = create("input", { ...given, oninput: () => oninput(Number(range.value)), onchange: () => onchange() });
        const value = createNumber();
        const row = create("label", { class: "ic-light-slider" }, createWord(label), range, value);
        const show = (number, words = "") => {
            setValue(range, number);
            setStyle(range, "--ic-light-filled", (number - low) / (high - low));
            setText(value, words || number.toFixed(2));
            if (words) setAttribute(range, "aria-valuetext", words);
        };
        return { range, value, row, show };
    }

    const elements = {
        create,
        createSlider,
        save,
        translate,
        createButton,
        createActionButton,
        nameAction,
        phrase,
        createWord,
        createNumber,
        createSpace,
        createRow,
        namePicture,
        setText,
        setAttribute,
        setStyle,
        setValue,
    };
    window.ICLight = Object.assign(window.ICLight || {}, { elements });
})();
