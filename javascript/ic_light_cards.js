// Presets as cards: each shows the subject in its light.
//
// new ICLight.Cards(presets, editor) has an `element`, and `keeping` for presets of one's own; show() shows what the
// editor has, and draws the cards anew where the subject, or how light falls on it, is another.

(function () {
    "use strict";

    class Cards {
        constructor(presets, editor) {
            const { create } = window.ICLight.elements;
            this.editor = editor;
            this.given = presets;
            this.own = new window.ICLight.OwnPresets((preset) => editor.check(preset), editor.setups);
            this.thumbnails = new window.ICLight.Thumbnails();
            this.cards = [];
            this.drawn = null;
            this.due = 0;
            this.group = create("div", { class: "ic-light-chips", role: "toolbar", "aria-label": "Presets" });
            this.stop = new window.ICLight.TabStop(this.group);
            this.element = create("div", { class: "ic-light-cards" }, this.group);
            this.keeping = this.createKeeping();
            this.fill();
        }

        /** What keeps lamps as a preset of one's own. */
        createKeeping() {
            const { create, createButton, createWord, createRow } = window.ICLight.elements;
            this.name = create("input", {
                type: "text",
                class: "ic-light-name",
                maxlength: 40,
                "aria-label": "Name of the preset",
                onkeydown: (event) => this.pressKey(event),
            });
            const make = (label, title, act) => createButton(title, act, createWord(label));
            this.keep = make("Keep", "Keep these lamps as a preset of that name", () => this.add());
            this.rename = make("Rename", "Give the chosen own preset that name", () => this.renameChosen());
            this.remove = make("Delete preset", "Remove the chosen own preset", () => this.removeChosen());
            this.export = make("Export", "Save own presets as a file", () => this.save());
            this.file = create("input", { type: "file", accept: ".json", hidden: "", onchange: () => this.read() });
            const read = make("Import", "Add the presets of a file", () => this.file.click());
            return create(
                "details",
                { class: "ic-light-keeping" },
                create("summary", {}, "Own presets"),
                createRow(this.name, this.keep),
                createRow(this.rename, this.remove, this.export, read, this.file),
            );
        }

        /** Keys of the editor are letters here. */
        pressKey(event) {
            event.stopPropagation();
            if (event.key !== "Enter") return;
            event.preventDefault();
            this.add();
        }

        get presets() {
            return [...this.given, ...this.own.list];
        }

        /** The preset that the editor's lamps are; null where they are none. */
        get shown() {
            const { values } = this.editor;
            return [...this.own.list, ...this.given].find((preset) => isSame(preset, values)) || null;
        }

        get chosen() {
            const { shown } = this;
            return shown?.own ? shown : null;
        }

        fill() {
            const { create, createButton } = window.ICLight.elements;
            const title = "Put these lamps in place of all others";
            this.cards = this.presets.map((preset) => {
                const image = create("img", { alt: "", draggable: "false" });
                const word = create("span", preset.own ? { translate: "no" } : {}, preset.label);
                const button = createButton(title, () => this.editor.applyPreset(preset), image, word);
                return { preset, image, button };
            });
            this.group.replaceChildren(...this.cards.map(({ button }) => button));
            this.group.hidden = !this.cards.length;
            this.drawn = null;
        }

        add() {
            this.own.add({ ...this.editor.values, label: this.name.value });
            this.refresh();
        }

        renameChosen() {
            this.own.rename(this.chosen, this.name.value);
            this.refresh();
        }

        removeChosen() {
            this.own.remove(this.chosen);
            this.refresh();
        }

        save() {
            const file = new Blob([this.own.write()], { type: "application/json" });
            window.ICLight.elements.save("ic-light-presets.json", file);
        }

        async read() {
            const [file] = this.file.files;
            this.file.value = "";
            if (!file) return;
            try {
                await this.own.read(file);
            } catch (error) {
                this.editor.onMessage(error.message);
            }
            this.refresh();
        }

        refresh() {
            this.fill();
            this.show();
        }

        show() {
            const { setAttribute } = window.ICLight.elements;
            const { values } = this.editor;
            for (const { preset, button } of this.cards) setAttribute(button, "aria-pressed", isSame(preset, values));
            this.stop.show();
            this.rename.disabled = this.remove.disabled = !this.chosen;
            this.export.disabled = !this.own.list.length;
            const { scene, surface } = this.editor;
            const shown = [scene, JSON.stringify(surface)];
            if (this.drawn && shown.every((part, i) => part === this.drawn[i])) return;
            this.drawn = shown;
            // After the picture itself.
            if (!this.due) this.due = setTimeout(() => this.draw());
        }

        draw() {
            this.due = 0;
            const { scene, surface } = this.editor;
            const lights = this.cards.map(({ preset, image }) => {
                return { image, lamps: window.ICLight.lamps.parse(preset.lamps), ambient: preset.ambient, surface };
            });
            this.thumbnails.draw(scene, lights);
        }

        dispose() {
            clearTimeout(this.due);
            this.thumbnails.dispose();
        }
    }

    const isSame = (preset, { lamps, ambient }) => preset.lamps === lamps && preset.ambient === ambient;

    window.ICLight = Object.assign(window.ICLight || {}, { Cards });
})();
