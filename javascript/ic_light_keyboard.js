// The keys of the light editor, each an action's (ic_light_actions.js).
//
// new ICLight.Keyboard(root, editor) listens to the editor's element.

(function () {
    "use strict";

    class Keyboard {
        constructor(root, editor) {
            this.editor = editor;
            // Whether what is being adjusted is by a key.
            this.typed = false;
            root.addEventListener("keydown", (event) => this.press(event));
            for (const end of ["keyup", "focusout"]) root.addEventListener(end, () => this.release());
        }

        press(event) {
            const found = window.ICLight.actions.find(event, this.findFocus(event.target));
            if (!found) return;
            window.ICLight.actions.run(found.action, this.editor, found.told);
            this.typed = true;
            // Hosts have keys of their own.
            event.preventDefault();
            event.stopPropagation();
        }

        /** What was adjusted by a key is set; what a pointer holds is not. */
        release() {
            if (!this.typed) return;
            this.typed = false;
            if (!this.editor.handles.held) this.editor.finish();
            this.editor.placing.release();
            this.editor.showBefore(false);
        }

        /** What a key is for. A lamp that a pointer holds takes none. */
        findFocus(element) {
            const { help, form, handles, mode, spot } = this.editor;
            if (help.has(element)) return "help";
            if (mode) return mode.findFocus(element);
            if (spot.crosshair.has(element)) return "crosshair";
            if (handles.menu.has(element)) return "menu";
            if (element === form.dial) return "dial";
            return handles.has(element) && !handles.held ? "lamp" : "editor";
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Keyboard });
})();
