// The values of the lamp that is selected, as sliders, a colour and, for light from a side, a dial.
//
// new ICLight.LampForm(editor) has an element, to be put anywhere; show() shows what the editor has.

(function () {
    "use strict";

    const RANGES = [
        ["intensity", "Intensity", "How strong the lamp is"],
        ["size", "Size", "How far its light goes: half of it is left at the dashed line"],
        ["softness", "Softness", "How soft the edge of its light is"],
        ["depth", "Depth", "Where it stands for the lit view: in front of the subject, beside it or behind it"],
    ];

    class LampForm {
        constructor(editor, { gels, temperatures }) {
            const { create, createWord, createNumber, createSpace, createRow, nameAction } = window.ICLight.elements;
            this.editor = editor;
            this.number = createNumber();
            this.kinds = { point: createWord("Point"), side: createWord("Side") };
            this.colour = create("input", {
                type: "color",
                class: "ic-light-colour",
                title: "Colour of this lamp",
                "aria-label": "Colour of this lamp",
                oninput: () => editor.adjust(editor.selected, { color: this.colour.value }),
                onchange: () => editor.finish(),
            });
            this.shines = create("input", {
                type: "checkbox",
                onchange: () => this.editor.setSelected({ on: this.shines.checked }),
            });
            this.ranges = RANGES.map((range) => this.createRange(...range));
            this.gels = gels;
            this.temperatures = temperatures;
            this.gel = this.createGels();
            this.kelvin = this.createKelvin();
            this.across = createNumber("From the left");
            this.down = createNumber("From the top");
            this.angle = createNumber();
            this.dial = this.createDial();
            this.places = {
                point: createRow(createWord("Place"), createSpace(), this.across, this.down),
                side: createRow(createWord("Direction"), createSpace(), this.angle, this.dial),
            };
            const kinds = Object.values(this.kinds);
            const title = nameAction(window.ICLight.actions.byName.toggle);
            const shines = create("label", { class: "ic-light-switch", title }, this.shines, createWord("On"));
            this.element = create(
                "fieldset",
                { class: "ic-light-lamp" },
                createRow(createWord("Lamp"), this.number, ...kinds, createSpace(), shines, this.colour),
                createRow(...[this.gel, this.kelvin && this.kelvin.row].filter(Boolean)),
                ...Object.values(this.places),
                ...this.ranges.map(({ row }) => row),
            );
        }

        createRange(key, label, title) {
            const bounds = { ...window.ICLight.lamps.KINDS.point[key], title };
            return { key, ...this.createSlider(label, bounds, (number) => ({ [key]: number })) };
        }

        /** A slider that adjusts the lamp. `read` gives the lamp's values of the slider's number. */
        createSlider(label, bounds, read) {
            const { editor } = this;
            const act = (number) => editor.adjust(editor.selected, read(number));
            return window.ICLight.elements.createSlider(label, bounds, act, () => editor.finish());
        }

        createGels() {
            const { create } = window.ICLight.elements;
            if (!this.gels.length) return null;
            const options = this.gels.map(({ label, color }) => create("option", { value: color }, label));
            return create(
                "select",
                {
                    class: "ic-light-gel",
                    "aria-label": "Gel",
                    onchange: () => this.editor.setSelected({ color: this.gel.value || "#ffffff" }),
                },
                create("option", { value: "" }, "No gel"),
                ...options,
            );
        }

        createKelvin() {
            if (!this.temperatures) return null;
            const title = "Temperature of the colour";
            const read = (kelvin) => ({ color: window.ICLight.colours.colourTemperature(kelvin, this.temperatures) });
            const { low, high, step } = this.temperatures;
            const { range, value, show } = this.createSlider(title, { low, high, step, title }, read);
            return { range, show, row: window.ICLight.elements.create("label", { class: "ic-light-kelvin" }, range, value) };
        }

        /** The gel and the temperature of a colour: the nearest, as colours have. */
        showColour(color) {
            const isNew = color !== this.shown;
            this.shown = color;
            if (this.gel && isNew) this.gel.value = this.gels.some((gel) => gel.color === color) ? color : "";
            if (!this.kelvin) return;
            const { colourTemperature, findTemperature } = window.ICLight.colours;
            // Several temperatures have one colour: the arrow keys could not leave the first of them.
            const chosen = Number(this.kelvin.range.value);
            const isIts = colourTemperature(chosen, this.temperatures) === color;
            if (!isIts && !isNew) return;
            const kelvin = isIts ? chosen : findTemperature(color, this.temperatures);
            this.kelvin.show(kelvin, `${kelvin} K`);
        }

        createDial() {
            const { create, nameAction } = window.ICLight.elements;
            const dial = create("div", {
                class: "ic-light-dial",
                role: "slider",
                tabindex: 0,
                title: nameAction(window.ICLight.actions.byName.turn),
                "aria-label": "Direction",
                "aria-valuemin": 0,
                "aria-valuemax": 360,
            });
            dial.addEventListener("pointerdown", (event) => {
                if (event.button !== 0) return;
                dial.setPointerCapture(event.pointerId);
                this.turnDial(event);
            });
            dial.addEventListener("pointermove", (event) => {
                if (dial.hasPointerCapture(event.pointerId)) this.turnDial(event);
            });
            for (const end of ["lostpointercapture", "blur"]) dial.addEventListener(end, () => this.editor.finish());
            return dial;
        }

        turnDial(event) {
            const { toDegrees, snap } = window.ICLight.angles;
            const box = this.dial.getBoundingClientRect();
            const right = event.clientX - box.left - box.width / 2;
            const down = event.clientY - box.top - box.height / 2;
            // Its middle is no direction.
            if (!right && !down) return;
            const angle = toDegrees(right, down);
            this.editor.adjust(this.editor.selected, { angle: event.shiftKey ? snap(angle) : angle });
        }

        show() {
            const { lamps, selected } = this.editor;
            const lamp = lamps[selected];
            this.element.disabled = !lamp || Boolean(lamp.locked);
            this.showLamp(lamp || window.ICLight.lamps.make("point"), lamp ? String(selected + 1) : "");
        }

        showLamp(lamp, number) {
            const { phrase, setText, setAttribute, setStyle, setValue } = window.ICLight.elements;
            setText(this.number, number);
            setAttribute(this.element, "aria-label", number ? phrase("Lamp {}", number) : phrase("Lamp"));
            setAttribute(this.dial, "aria-disabled", this.element.disabled);
            for (const kind of ["point", "side"]) {
                this.kinds[kind].hidden = lamp.kind !== kind || !number;
                this.places[kind].hidden = lamp.kind !== kind;
            }
            setValue(this.colour, lamp.color);
            this.showColour(lamp.color);
            this.shines.checked = lamp.on;
            for (const { key, show } of this.ranges) show(lamp[key]);
            if (lamp.kind === "point") {
                setText(this.across, `${Math.round(lamp.x * 100)} %`);
                setText(this.down, `${Math.round(lamp.y * 100)} %`);
                return;
            }
            const angle = Math.round(lamp.angle) % 360;
            setText(this.angle, `${angle}°`);
            setStyle(this.dial, "--ic-light-turn", `${-lamp.angle}deg`);
            setAttribute(this.dial, "aria-valuenow", angle);
            setAttribute(this.dial, "aria-valuetext", `${angle}°`);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { LampForm });
})();
