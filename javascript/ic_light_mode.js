// What the modes of the light editor share, in which something lies over its picture with tools of its own beside: the
// matte's and the subject's place. A mode is on, or another, or none.
//
// new ICLight.EditorMode(editor, owner): the owner has a `view` and a `form`, each with an element, by the time that
// enter() puts them into the editor; leave() takes them out, and the keyboard goes back to where it was.

(function () {
    "use strict";

    class EditorMode {
        constructor(editor, owner) {
            Object.assign(this, { editor, owner });
            this.isOn = false;
            // What is seen behind what is edited.
            this.ground = "checker";
            // What had the keyboard before.
            this.caller = null;
        }

        /** Which picture is shown; empty for none. */
        get key() {
            return ((this.editor.opened && this.editor.renderer.opened) || []).join("");
        }

        /** Whether what is shown is the subject before it is placed. */
        get isWhole() {
            return this.editor.whole === this.editor.renderer.opened[1];
        }

        /** The picture that the editor has before it is placed, or one of another key: what is shown is here already,
         * but where the server draws. */
        async fetchScene(key = this.editor.whole) {
            const [base, shown] = this.editor.renderer.opened;
            if (key === shown && this.editor.scene) return this.editor.scene;
            const answer = await window.ICLight.fetchAnswer(`${base}vectors/${key}`);
            return window.ICLight.webgl.unpack(await answer.arrayBuffer());
        }

        enter() {
            const { editor, owner } = this;
            editor.finish();
            const focused = editor.root.getRootNode().activeElement;
            this.caller = editor.root.contains(focused) ? focused : editor.root;
            this.isOn = true;
            editor.root.classList.add("ic-light-in-mode");
            if (editor.spot.mode) editor.spot.setMode("");
            editor.picture.append(owner.view.element);
            editor.root.append(owner.form.element);
            editor.refresh();
        }

        leave() {
            if (!this.isOn) return;
            this.owner.view.release();
            this.isOn = false;
            const { root } = this.editor;
            const parts = [this.owner.view.element, this.owner.form.element];
            const focused = root.getRootNode().activeElement;
            const hadFocus = focused === root || parts.some((part) => part.contains(focused));
            for (const part of parts) part.remove();
            root.classList.remove("ic-light-in-mode");
            this.editor.refresh();
            if (hadFocus) this.caller.focus({ preventScroll: true });
        }

        setGround(ground) {
            this.ground = ground;
            this.editor.refresh();
        }
    }

    /** Listen to what lies over the picture: nothing of it is for lamps. */
    function listenAbove(element, name, listener, options) {
        const hear = (event) => {
            event.stopPropagation();
            listener(event);
        };
        element.addEventListener(name, hear, options);
    }

    window.ICLight = Object.assign(window.ICLight || {}, { EditorMode, listenAbove });
})();
