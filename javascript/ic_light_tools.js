// The tools beside the lamps of the editor: what is added and taken away, the values of one lamp, presets, undo.
//
// new ICLight.Tools(presets, hand) has a `bar` for above the picture and a `panel` for beside it, told by show(state).
// Words and numbers stand in elements of their own: hosts translate a page by replacing whole texts.

(function () {
    "use strict";

    const DRAWN = {
        undo: "M9 5 5 9l4 4M5 9h9a5 5 0 0 1 0 10h-3",
        redo: "M15 5l4 4-4 4M19 9h-9a5 5 0 0 0 0 10h3",
        add: "M12 5v14M5 12h14",
        duplicate: "M9 9h10v10H9zM5 15V5h10",
        remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
    };

    const RANGES = [
        ["intensity", "Intensity", "How strong the lamp is"],
        ["size", "Size", "How far its light goes: half of it is left at the dashed line"],
        ["softness", "Softness", "How soft the edge of its light is"],
    ];
    const TURN = [1, 15];
    const TURNS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 };

    const SVG = "http://www.w3.org/2000/svg";

    const SPOKEN = ["title", "aria-label"];

    /** As the host says it: of what comes into a page later, hosts translate texts by themselves, but no titles. */
    const translated = (text) => (window.localization || {})[text] || text;

    /** An element with attributes, listeners (on...) and children. */
    function made(tag, given = {}, ...children) {
        const drawn = ["svg", "path"].includes(tag);
        const element = drawn ? document.createElementNS(SVG, tag) : document.createElement(tag);
        for (const [name, value] of Object.entries(given)) {
            if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
            else element.setAttribute(name, SPOKEN.includes(name) ? translated(value) : value);
        }
        element.append(...children);
        return element;
    }

    function icon(name) {
        const given = { class: "ic-light-icon", viewBox: "0 0 24 24", "aria-hidden": "true" };
        return made("svg", given, made("path", { d: DRAWN[name] }));
    }

    function button(title, pressed, ...children) {
        return made("button", { class: "ic-light-button", type: "button", title, onclick: pressed }, ...children);
    }

    const word = (text) => made("span", {}, text);
    const number = (title = "") => made("span", { class: "ic-light-value", ...(title && { title }) });
    const space = () => made("span", { class: "ic-light-space" });
    const row = (...children) => made("div", { class: "ic-light-row" }, ...children);

    // Only what is another is written: the page is not styled and laid out anew with every step of a drag.

    function write(element, text) {
        if (element.textContent !== text) element.textContent = text;
    }

    function put(element, name, value) {
        if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
    }

    function paint(element, name, value) {
        if (element.style.getPropertyValue(name) !== String(value)) element.style.setProperty(name, value);
    }

    function fill(input, value) {
        if (input.value !== String(value)) input.value = value;
    }

    class Tools {
        constructor(presets, hand) {
            this.presets = presets;
            this.hand = hand;
            this.makeBar();
            this.makeLamp();
            this.makePanel();
        }

        makeBar() {
            const { hand } = this;
            const map = "What the model starts from: bright where light shall be";
            this.lit = button("The subject in the light of the lamps", () => hand.look("lit"), word("Lit"));
            this.map = button(map, () => hand.look("map"), word("Light map"));
            this.undo = button("Undo (Ctrl+Z)", () => hand.undo(), icon("undo"));
            this.redo = button("Redo (Ctrl+Shift+Z)", () => hand.redo(), icon("redo"));
            const views = made("div", { class: "ic-light-views", role: "group" }, this.lit, this.map);
            this.bar = made("div", { class: "ic-light-bar" }, views, space(), this.undo, this.redo);
        }

        makePanel() {
            const { hand, presets } = this;
            const add = (kind, label, title) => button(title, () => hand.add(kind), icon("add"), word(label));
            this.point = add("point", "Point", "Add a lamp at a place of the picture");
            this.side = add("side", "Side", "Add a lamp that shines from one side");
            this.duplicate = button("Duplicate this lamp (D)", () => hand.duplicate(), icon("duplicate"));
            this.remove = button("Delete this lamp (Delete)", () => hand.remove(), icon("remove"));
            this.ambient = made("input", {
                type: "color",
                class: "ic-light-colour",
                title: "Light that is everywhere",
                oninput: () => hand.holdAmbient(this.ambient.value),
                onchange: () => hand.letGo(),
            });
            const chip = "Put these lamps in place of all others";
            this.chips = presets.map((preset) => button(chip, () => hand.preset(preset), word(preset.label)));
            const chips = made("div", { class: "ic-light-chips", role: "group" }, ...this.chips);
            this.panel = made(
                "div",
                { class: "ic-light-panel" },
                row(this.point, this.side, space(), this.duplicate, this.remove),
                this.lamp,
                made("label", { class: "ic-light-row ic-light-ambient" }, word("Ambient"), space(), this.ambient),
                ...(presets.length ? [chips] : []),
            );
        }

        /** The values of the lamp that is chosen. */
        makeLamp() {
            const { hand } = this;
            const set = () => hand.letGo();
            this.which = number();
            this.kinds = { point: word("Point"), side: word("Side") };
            this.colour = made("input", {
                type: "color",
                class: "ic-light-colour",
                title: "Colour of this lamp",
                oninput: () => hand.hold(hand.selected, { color: this.colour.value }),
                onchange: set,
            });
            this.ranges = RANGES.map(([key, label, title]) => {
                const { low, high, step } = window.ICLight.lamps.KINDS.point[key];
                const given = { type: "range", min: low, max: high, step, title, onchange: set };
                const range = made("input", given);
                range.addEventListener("input", () => hand.hold(hand.selected, { [key]: Number(range.value) }));
                const value = number();
                const row = made("label", { class: "ic-light-slider" }, word(label), range, value);
                return { key, range, value, row };
            });
            this.across = number("From the left");
            this.down = number("From the top");
            this.makeDial();
            this.whereabouts = {
                point: row(word("Place"), space(), this.across, this.down),
                side: row(word("Direction"), space(), this.turn, this.dial),
            };
            this.lamp = made(
                "fieldset",
                { class: "ic-light-lamp" },
                row(word("Lamp"), this.which, ...Object.values(this.kinds), space(), this.colour),
                ...Object.values(this.whereabouts),
                ...this.ranges.map(({ row }) => row),
            );
        }

        makeDial() {
            const { hand } = this;
            this.turn = number();
            this.dial = made("div", {
                class: "ic-light-dial",
                role: "slider",
                tabindex: 0,
                title: "Drag, or press arrow keys, to turn the light",
                "aria-label": "Direction",
                "aria-valuemin": 0,
                "aria-valuemax": 360,
            });
            const follow = (event) => {
                const box = this.dial.getBoundingClientRect();
                const right = event.clientX - box.left - box.width / 2;
                const up = box.top + box.height / 2 - event.clientY;
                // Its middle is no direction.
                if (!right && !up) return;
                const turn = ((Math.atan2(up, right) * 180) / Math.PI + 360) % 360;
                const snapped = (Math.round(turn / TURN[1]) * TURN[1]) % 360;
                hand.hold(hand.selected, { angle: event.shiftKey ? snapped : turn });
            };
            this.dial.addEventListener("pointerdown", (event) => {
                if (event.button !== 0) return;
                this.dial.setPointerCapture(event.pointerId);
                follow(event);
            });
            this.dial.addEventListener("pointermove", (event) => {
                if (this.dial.hasPointerCapture(event.pointerId)) follow(event);
            });
            const ends = ["lostpointercapture", "keyup", "blur"];
            for (const end of ends) this.dial.addEventListener(end, () => hand.letGo());
            this.dial.addEventListener("keydown", (event) => {
                const way = TURNS[event.key];
                if (!way) return;
                event.preventDefault();
                event.stopPropagation();
                const { angle } = hand.lamps[hand.selected];
                hand.hold(hand.selected, { angle: (angle + way * TURN[Number(event.shiftKey)] + 360) % 360 });
            });
        }

        /** As the editor is: told, lamps, selected, view, opened, undoable, redoable. */
        show(state) {
            const { MOST } = window.ICLight.lamps;
            const lamp = state.lamps[state.selected];
            const full = state.lamps.length >= MOST;
            for (const add of [this.point, this.side]) add.disabled = full;
            this.duplicate.disabled = full || !lamp;
            this.remove.disabled = !lamp;
            this.undo.disabled = !state.undoable;
            this.redo.disabled = !state.redoable;
            this.lit.disabled = !state.opened;
            put(this.lit, "aria-pressed", state.view === "lit");
            put(this.map, "aria-pressed", state.view === "map");
            this.chips.forEach((chip, i) => {
                const { lamps, ambient } = this.presets[i];
                put(chip, "aria-pressed", lamps === state.told.lamps && ambient === state.told.ambient);
            });
            fill(this.ambient, state.told.ambient);
            this.lamp.disabled = !lamp;
            this.showLamp(lamp || window.ICLight.lamps.make("point"), lamp ? state.selected + 1 : "");
        }

        showLamp(lamp, which) {
            write(this.which, String(which));
            for (const kind of ["point", "side"]) {
                this.kinds[kind].hidden = lamp.kind !== kind || !which;
                this.whereabouts[kind].hidden = lamp.kind !== kind;
            }
            fill(this.colour, lamp.color);
            for (const { key, range, value } of this.ranges) {
                fill(range, lamp[key]);
                paint(range, "--ic-light-filled", (lamp[key] - range.min) / (range.max - range.min));
                write(value, lamp[key].toFixed(2));
            }
            if (lamp.kind === "point") {
                write(this.across, `${Math.round(lamp.x * 100)} %`);
                write(this.down, `${Math.round(lamp.y * 100)} %`);
                return;
            }
            const turn = Math.round(lamp.angle) % 360;
            write(this.turn, `${turn}°`);
            paint(this.dial, "--ic-light-turn", `${-lamp.angle}deg`);
            put(this.dial, "aria-valuenow", turn);
            put(this.dial, "aria-valuetext", `${turn} degrees`);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Tools, made, put, paint });
})();
