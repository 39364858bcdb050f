// The lamps of a light stage's mixer, each in a row: on, alone, name, intensity, colour, group and lock.
//
// new ICLight.StageRows(mixer) has an `element`; show(mix) shows a mix.

(function () {
    "use strict";

    const BRIGHTEST = 4;

    class StageRows {
        constructor(mixer) {
            this.mixer = mixer;
            this.rows = [];
            this.element = window.ICLight.elements.create("div", { role: "list", "aria-label": "Lamps of the stage" });
        }

        createRow(index) {
            const { create, createButton, createSlider, createWord, createRow, phrase, translate } = window.ICLight.elements;
            const { mixer } = this;
            const set = (values) => mixer.changeLamp(index, values);
            const make = (label, title, act) => createButton(title, act, createWord(label));
            const lamp = () => mixer.mix.lamps[index];
            const shines = make("On", "Switch this lamp on or off", () => set({ on: !lamp().on }));
            const solo = make("Solo", "Only lamps that are alone shine", () => set({ solo: !lamp().solo }));
            const lock = make("Lock", "Let nothing change this lamp", () => set({ lock: !lamp().lock }));
            const write = (key, short, title, most) => {
                const input = create("input", { type: "text", class: "ic-light-name", maxlength: most, title, "aria-label": title, placeholder: translate(short) });
                input.addEventListener("change", () => set({ [key]: input.value.trim() }));
                return input;
            };
            const [name, group] = [write("name", "Name", "Name of the lamp", 40), write("group", "Group", "Group: lamps that change together", 20)];
            const change = (intensity) => mixer.changeLamp(index, { intensity }, false);
            const intensity = createSlider("Intensity", { low: 0, high: BRIGHTEST, step: 0.01 }, change, () => mixer.record());
            const plain = { gel: "none", kelvin: window.ICLight.stageMix.WHITE };
            const colour = create("input", { type: "color", class: "ic-light-colour", title: "Colour", "aria-label": "Colour" });
            colour.addEventListener("input", () => mixer.changeLamp(index, { ...plain, color: colour.value }, false));
            colour.addEventListener("change", () => mixer.record());
            const gel = this.createGels((chosen) => set({ ...plain, color: "#ffffff", gel: chosen }));
            const { low, high, step } = mixer.tables.temperatures;
            const kelvin = create("input", { type: "number", class: "ic-light-name", min: low, max: high, step, title: "Colour temperature in kelvin", "aria-label": "Colour temperature in kelvin" });
            kelvin.addEventListener("change", () => {
                const given = Math.min(Math.max(Math.round(Number(kelvin.value) / step) * step || low, low), high);
                kelvin.value = given;
                set({ ...plain, color: "#ffffff", kelvin: given });
            });
            const element = create(
                "div",
                { class: "ic-light-stage-lamp", role: "listitem", "aria-label": phrase("Lamp {}", index + 1) },
                createRow(shines, solo, name, lock),
                intensity.row,
                createRow(colour, gel, kelvin, group),
            );
            return { element, shines, solo, lock, name, group, intensity, colour, gel, kelvin };
        }

        createGels(choose) {
            const { create } = window.ICLight.elements;
            const select = create("select", { class: "ic-light-gel", title: "Gel", "aria-label": "Gel" });
            select.append(create("option", { value: "none" }, window.ICLight.elements.translate("No gel")));
            for (const { name, label } of this.mixer.tables.gels) {
                select.append(create("option", { value: name }, window.ICLight.elements.translate(label)));
            }
            select.addEventListener("change", () => choose(select.value));
            return select;
        }

        show(mix) {
            const { setAttribute, setValue } = window.ICLight.elements;
            while (this.rows.length > mix.lamps.length) this.rows.pop().element.remove();
            while (this.rows.length < mix.lamps.length) {
                this.rows.push(this.createRow(this.rows.length));
                this.element.append(this.rows.at(-1).element);
            }
            mix.lamps.forEach((lamp, index) => {
                const row = this.rows[index];
                for (const [key, button] of [["on", row.shines], ["solo", row.solo], ["lock", row.lock]]) {
                    setAttribute(button, "aria-pressed", lamp[key]);
                }
                // What is being typed stays until it is given.
                for (const key of ["name", "group", "kelvin"]) if (row.lamp?.[key] !== lamp[key]) setValue(row[key], lamp[key]);
                row.lamp = lamp;
                setValue(row.gel, lamp.gel);
                setValue(row.colour, window.ICLight.stageMix.findColour(lamp, this.mixer.tables));
                row.intensity.show(lamp.intensity);
                const locked = [row.shines, row.solo, row.name, row.group, row.intensity.range, row.colour, row.gel, row.kelvin];
                for (const input of locked) input.disabled = lamp.lock;
            });
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { StageRows });
})();
