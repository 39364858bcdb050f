// The buttons of the light editor, each an action's, and what is set for all lamps: the ambient colour and presets.
//
// new ICLight.Toolbar(presets, editor) has a `bar` for above the picture and `tools` for beside it, which hold the
// element of a lamp's values; show() shows what the editor has.

(function () {
    "use strict";

    class Toolbar {
        constructor(presets, editor, lampForm) {
            this.presets = presets;
            this.editor = editor;
            this.buttons = new Map();
            this.bar = this.createBar();
            this.tools = this.createTools(lampForm);
        }

        /** The button of an action, which this keeps as the action is. */
        createButton(name) {
            const action = window.ICLight.actions.byName[name];
            const button = window.ICLight.elements.createActionButton(action, this.editor);
            this.buttons.set(action, button);
            return button;
        }

        createBar() {
            const { create, createSpace } = window.ICLight.elements;
            const views = ["showLit", "showMap"].map((name) => this.createButton(name));
            const others = ["undo", "redo", "openHelp"].map((name) => this.createButton(name));
            const group = create("div", { class: "ic-light-views", role: "group" }, ...views);
            return create("div", { class: "ic-light-bar" }, group, createSpace(), ...others);
        }

        createTools(lampForm) {
            const { create, createButton, createWord, createSpace, createRow } = window.ICLight.elements;
            const { editor, presets } = this;
            const [addPoint, addSide, duplicate, remove] = ["addPoint", "addSide", "duplicate", "remove"].map((name) =>
                this.createButton(name),
            );
            this.ambient = create("input", {
                type: "color",
                class: "ic-light-colour",
                title: "Light that is everywhere",
                oninput: () => editor.adjustAmbient(this.ambient.value),
                onchange: () => editor.finish(),
            });
            const title = "Put these lamps in place of all others";
            this.chips = presets.map((preset) => {
                return createButton(title, () => editor.applyPreset(preset), createWord(preset.label));
            });
            const chips = create("div", { class: "ic-light-chips", role: "group" }, ...this.chips);
            const ambient = [createWord("Ambient"), createSpace(), this.ambient];
            return create(
                "div",
                { class: "ic-light-tools" },
                createRow(addPoint, addSide, createSpace(), duplicate, remove),
                lampForm,
                create("label", { class: "ic-light-row ic-light-ambient" }, ...ambient),
                ...(presets.length ? [chips] : []),
            );
        }

        show() {
            const { setAttribute, setValue } = window.ICLight.elements;
            const { editor } = this;
            for (const [action, button] of this.buttons) {
                button.disabled = !window.ICLight.actions.isEnabled(action, editor);
                if (action.pressed) setAttribute(button, "aria-pressed", action.pressed(editor));
            }
            const { lamps, ambient } = editor.values;
            this.chips.forEach((chip, i) => {
                const preset = this.presets[i];
                setAttribute(chip, "aria-pressed", lamps === preset.lamps && ambient === preset.ambient);
            });
            setValue(this.ambient, ambient);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Toolbar });
})();
