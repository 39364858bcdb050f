// What fingers do over the picture beside dragging: two set the chosen lamp's size, one that stays on a lamp opens its
// menu, and one that taps the subject aims the lamp, where that is chosen.
//
// new ICLight.Touch(element, editor) listens to the picture, after the handles.

(function () {
    "use strict";

    // How long a finger stays for the menu, in milliseconds, and what it may tremble by, in pixels.
    const LONG = 500;
    const STILL = 8;

    class Touch {
        constructor(element, editor) {
            this.editor = editor;
            // Where each finger is, and where it has come down.
            this.fingers = new Map();
            this.pinched = null;
            this.due = 0;
            const listen = (name, listener) =>
                element.addEventListener(name, (event) => event.pointerType === "touch" && listener(event));
            listen("pointerdown", (event) => this.press(event));
            listen("pointermove", (event) => this.move(event));
            for (const end of ["pointerup", "pointercancel"]) listen(end, (event) => this.lift(event));
        }

        dispose() {
            clearTimeout(this.due);
        }

        press(event) {
            const at = [event.clientX, event.clientY];
            // What was lifted unseen is forgotten with the first.
            if (event.isPrimary) this.forget();
            const aims = Boolean(this.editor.spot.findMode(event));
            this.fingers.set(event.pointerId, { at, from: at, aims });
            clearTimeout(this.due);
            if (this.fingers.size === 2) this.startPinch();
            else if (event.isPrimary) this.awaitMenu(event);
        }

        awaitMenu(event) {
            const { handles } = this.editor;
            const index = handles.findLamp(event.target);
            if (index < 0) return;
            this.due = setTimeout(() => {
                this.forget();
                handles.release();
                handles.menu.open(index);
            }, LONG);
        }

        forget() {
            this.fingers.clear();
            this.pinched = null;
        }

        startPinch() {
            const { editor } = this;
            const lamp = editor.lamps[editor.selected];
            if (!lamp) return;
            // Neither drags any more.
            editor.handles.release();
            this.pinched = { index: editor.selected, size: lamp.size, apart: this.measure() };
        }

        /** How far apart two fingers are. */
        measure() {
            const [[x, y], [otherX, otherY]] = [...this.fingers.values()].map(({ at }) => at);
            return Math.max(Math.hypot(otherX - x, otherY - y), 1);
        }

        move(event) {
            const finger = this.fingers.get(event.pointerId);
            if (!finger) return;
            finger.at = [event.clientX, event.clientY];
            if (!isStill(finger)) clearTimeout(this.due);
            if (!this.pinched || this.fingers.size !== 2) return;
            const { index, size, apart } = this.pinched;
            this.editor.adjust(index, { size: (size * this.measure()) / apart });
        }

        lift(event) {
            const finger = this.fingers.get(event.pointerId);
            clearTimeout(this.due);
            const wasAlone = this.fingers.size === 1 && !this.pinched;
            this.fingers.delete(event.pointerId);
            if (this.pinched) {
                this.editor.finish();
                if (!this.fingers.size) this.pinched = null;
            } else if (finger && wasAlone && event.type === "pointerup" && isStill(finger) && finger.aims) {
                this.editor.spot.press(event);
            }
        }
    }

    const isStill = ({ at, from }) => Math.hypot(at[0] - from[0], at[1] - from[1]) < STILL;

    window.ICLight = Object.assign(window.ICLight || {}, { Touch });
})();
