// The menu of a lamp, beside it: opened by a long press, the other mouse button, or a key.
//
// new ICLight.Menu(editor) has open(index) and close(); it is in the editor's element only while it is open.

(function () {
    "use strict";

    // What it has, by the names of actions.
    const ENTRIES = ["toggle", "solo", "lock", "aimLight", "aimReflect", "aimRim", "duplicate", "remove"];

    // How far from the lamp and from the window's edge, in pixels.
    const BESIDE = 22;
    const EDGE = 8;

    class Menu {
        constructor(editor) {
            this.editor = editor;
            this.dialog = null;
        }

        has(element) {
            return Boolean(this.dialog) && this.dialog.contains(element);
        }

        /** The browser keeps the keyboard in it, and afterwards gives it back to the lamp. */
        open(index = this.editor.selected) {
            const { editor } = this;
            if (this.dialog || !editor.lamps[index]) return;
            editor.finish();
            editor.select(index);
            editor.handles.focus(index);
            const { create } = window.ICLight.elements;
            const entries = ENTRIES.map((name) => this.createEntry(window.ICLight.actions.byName[name]));
            const label = "What to do with this lamp";
            this.dialog = create(
                "dialog",
                {
                    class: "ic-light-menu",
                    "aria-label": label,
                    onclose: () => this.close(),
                    onpointerdown: ({ target }) => target === this.dialog && this.close(),
                    oncontextmenu: (event) => event.preventDefault(),
                },
                create("div", { role: "menu", "aria-label": label }, ...entries),
            );
            editor.root.append(this.dialog);
            this.dialog.showModal();
            this.place(editor.handles.handles[index].getBoundingClientRect());
        }

        createEntry(action) {
            const { create, createWord, nameAction } = window.ICLight.elements;
            const { editor } = this;
            const checks = Boolean(action.pressed);
            const given = {
                class: "ic-light-button",
                type: "button",
                role: checks ? "menuitemcheckbox" : "menuitem",
                title: nameAction(action),
                ...(checks && { "aria-checked": action.pressed(editor) }),
                onclick: () => {
                    this.close();
                    window.ICLight.actions.run(action, editor);
                },
            };
            const entry = create("button", given, createWord(action.label || action.title));
            entry.disabled = !window.ICLight.actions.isEnabled(action, editor);
            return entry;
        }

        /** Beside the lamp, within the window. */
        place({ left, right, top }) {
            const { width, height } = this.dialog.getBoundingClientRect();
            const across = right + BESIDE + width < innerWidth - EDGE ? right + BESIDE : left - BESIDE - width;
            const within = (at, length, room) => Math.max(Math.min(at, room - length - EDGE), EDGE);
            this.dialog.style.left = `${within(across, width, innerWidth)}px`;
            this.dialog.style.top = `${within(top, height, innerHeight)}px`;
        }

        /** The keyboard to another entry, round and round. */
        move(by) {
            const entries = [...this.dialog.querySelectorAll("button:enabled")];
            const at = entries.indexOf(this.editor.root.getRootNode().activeElement);
            entries[(at + by + entries.length) % entries.length].focus();
        }

        /** Also where the browser has closed it by itself. */
        close() {
            if (!this.dialog) return;
            const { dialog } = this;
            this.dialog = null;
            dialog.close();
            dialog.remove();
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Menu });
})();
