// The buttons of the light editor, each an action's, and what is set for all lamps: the ambient colour and presets.
//
// new ICLight.Toolbar(presets, editor) has a `bar` for above the picture and `tools` for beside it, which hold the
// element of a lamp's values; show() shows what the editor has.

(function () {
    "use strict";

    class Toolbar {
        constructor(presets, editor, lampForm) {
            this.editor = editor;
            // By the button: an action may have several.
            this.actions = new Map();
            this.cards = new window.ICLight.Cards(presets, editor);
            this.desk = new window.ICLight.Desk(editor);
            this.bar = this.createBar();
            this.tools = this.createTools(lampForm);
        }

        /** The button of an action, which this keeps as the action is. */
        createButton(name) {
            const action = window.ICLight.actions.byName[name];
            const button = window.ICLight.elements.createActionButton(action, this.editor);
            this.actions.set(button, action);
            return button;
        }

        /** A button that acts as long as it is held. */
        createHeldButton(name) {
            const button = this.createButton(name);
            button.addEventListener("pointerdown", () => this.editor.showBefore(true));
            button.addEventListener("keydown", ({ key }) => this.editor.showBefore(["Enter", " "].includes(key)));
            for (const end of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) {
                button.addEventListener(end, () => this.editor.showBefore(false));
            }
            return button;
        }

        createBar() {
            const { create, createSpace } = window.ICLight.elements;
            const views = ["showLit", "showMap"].map((name) => this.createButton(name));
            const others = ["undo", "redo", "openHelp"].map((name) => this.createButton(name));
            const group = create("div", { class: "ic-light-views", role: "group" }, ...views);
            const before = this.createHeldButton("before");
            return create("div", { class: "ic-light-bar" }, group, before, createSpace(), ...others);
        }

        createTools(lampForm) {
            const { create, createWord, createSpace, createRow } = window.ICLight.elements;
            const { editor } = this;
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
            const modes = [editor.onMatte && "editMatte", editor.placer && "place"].filter(Boolean);
            const ambient = [createWord("Ambient"), createSpace(), this.ambient];
            return create(
                "div",
                { class: "ic-light-tools" },
                this.cards.element,
                lampForm,
                createRow(addPoint, addSide, createSpace(), duplicate, remove),
                createRow(...["aimLight", "aimReflect", "aimRim"].map((name) => this.createButton(name))),
                createRow(...modes.map((name) => this.createButton(name))),
                this.desk.element,
                create("label", { class: "ic-light-row ic-light-ambient" }, ...ambient),
                this.cards.keeping,
                ...(editor.outputs ? [this.createOutputs()] : []),
            );
        }

        /** Where the light goes from here, folded: the canvas is for placing it. */
        createOutputs() {
            const { create, createRow } = window.ICLight.elements;
            const names = ["putWords", "copyCommand", "copyLine", "copyRequest", "saveSetup", "openSetup"];
            return create(
                "details",
                { class: "ic-light-keeping ic-light-outputs" },
                create("summary", {}, "Words, requests, files"),
                createRow(...names.map((name) => this.createButton(name))),
            );
        }

        show() {
            const { setAttribute, setValue } = window.ICLight.elements;
            const { editor } = this;
            for (const [button, action] of this.actions) {
                button.disabled = !window.ICLight.actions.isEnabled(action, editor);
                if (action.pressed) setAttribute(button, "aria-pressed", action.pressed(editor));
            }
            this.cards.show();
            this.desk.show();
            setValue(this.ambient, editor.ambient);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Toolbar });
})();
