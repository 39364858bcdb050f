// The lamps as a list, as on a lighting desk: which shine, what they are called, and which are locked.
//
// new ICLight.Desk(editor) has an `element`; show() shows what the editor has. Names and locks are the browser's own: no
// text of lamps has them.

(function () {
    "use strict";

    class Desk {
        constructor(editor) {
            const { create, createButton, createWord, createSpace, createRow } = window.ICLight.elements;
            this.editor = editor;
            this.rows = [];
            // Which shone before one was alone.
            this.others = null;
            const title = "Switch all lamps on, or off where all are on";
            this.all = createButton(title, () => this.switchAll(), createWord("All"));
            this.list = create("div", { class: "ic-light-desk-list", role: "list", "aria-label": "Lamps" });
            this.element = create(
                "div",
                { class: "ic-light-desk" },
                createRow(createWord("Lamps"), createSpace(), this.all),
                this.list,
            );
        }

        createRow(index) {
            const { create, createButton, createWord, phrase } = window.ICLight.elements;
            const { editor } = this;
            const label = phrase("Lamp {}", index + 1);
            const number = create("span", { class: "ic-light-number" }, String(index + 1));
            const choose = createButton("Choose this lamp", () => editor.select(index), number);
            choose.setAttribute("aria-label", label);
            const name = create("input", {
                type: "text",
                class: "ic-light-name",
                maxlength: 24,
                "aria-label": "Name of the lamp",
                onfocus: () => editor.select(index),
                onkeydown: (event) => event.stopPropagation(),
                onchange: () => this.note(index, { name: name.value.trim() }),
            });
            const make = (label, title, act) => createButton(title, act, createWord(label));
            const shines = make("On", "Switch this lamp on or off", () => this.toggle(index));
            const solo = make("Solo", "This lamp alone, or again those that shone before", () => this.solo(index));
            const lock = make("Lock", "Let nothing change this lamp", () => this.lock(index));
            const given = { class: "ic-light-row", role: "listitem", "aria-label": label };
            const element = create("div", given, choose, name, shines, solo, lock);
            return { element, choose, name, shines, solo, lock };
        }

        get shining() {
            return this.editor.lamps.map(({ on }) => on);
        }

        shine(choose) {
            this.editor.changeLamps((lamp, i) => ({ ...lamp, on: choose(lamp.on, i) }));
        }

        note(index, values) {
            this.editor.changeLamps((lamp, i) => (i === index ? { ...lamp, ...values } : lamp));
        }

        lock(index) {
            this.note(index, { locked: !this.editor.lamps[index].locked });
        }

        toggle(index) {
            this.others = null;
            this.shine((on, i) => (i === index ? !on : on));
        }

        switchAll() {
            this.others = null;
            const on = !this.shining.every(Boolean);
            this.shine(() => on);
        }

        isAlone(index) {
            return this.shining.length > 1 && this.shining.every((on, i) => on === (i === index));
        }

        solo(index) {
            if (this.isAlone(index)) {
                const { others } = this;
                this.others = null;
                const isKnown = others && others.length === this.shining.length;
                this.shine((_, i) => !isKnown || others[i]);
                return;
            }
            if (!this.shining.some((on, i) => on && this.isAlone(i))) this.others = this.shining;
            this.shine((_, i) => i === index);
        }

        show() {
            const { setAttribute, setStyle, setValue } = window.ICLight.elements;
            const { lamps, selected } = this.editor;
            while (this.rows.length > lamps.length) this.rows.pop().element.remove();
            while (this.rows.length < lamps.length) {
                this.rows.push(this.createRow(this.rows.length));
                this.list.append(this.rows.at(-1).element);
            }
            this.all.disabled = !lamps.length;
            lamps.forEach((lamp, index) => {
                const { choose, name, shines, solo, lock } = this.rows[index];
                setStyle(choose, "--ic-light-lamp", lamp.color);
                setAttribute(choose, "aria-pressed", index === selected);
                setValue(name, lamp.name || "");
                setAttribute(shines, "aria-pressed", lamp.on);
                setAttribute(solo, "aria-pressed", this.isAlone(index));
                setAttribute(lock, "aria-pressed", Boolean(lamp.locked));
            });
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Desk });
})();
