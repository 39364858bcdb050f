// A click on a spot of the subject moves the chosen lamp so that it lights it, reflects or rims there.
//
// new ICLight.Spot(element, editor) listens to the picture; `mode` is what a click does without a key, or empty.

(function () {
    "use strict";

    const MODES = {
        light: (event) => event.altKey,
        reflect: (event) => event.shiftKey,
        rim: (event) => event.ctrlKey || event.metaKey,
    };

    class Spot {
        constructor(element, editor) {
            this.element = element;
            this.editor = editor;
            this.mode = "";
            this.crosshair = new window.ICLight.Crosshair(element, this);
            // A finger may be the first of two: what it has done is known once it is lifted (ic_light_touch.js).
            element.addEventListener("pointerdown", (event) => event.pointerType === "touch" || this.press(event));
        }

        setMode(mode) {
            this.mode = mode === this.mode ? "" : mode;
            this.editor.refresh();
            this.crosshair.show();
        }

        /** What a press does that is on no lamp itself: a grip beside one is passed through. */
        findMode(event) {
            if (event.button !== 0 || !event.isPrimary || this.editor.handles.has(event.target)) return "";
            return Object.keys(MODES).find((name) => MODES[name](event)) || this.mode;
        }

        press(event) {
            const mode = this.findMode(event);
            if (!mode) return;
            event.preventDefault();
            // Which keeps the focus where it was, and so the keys out of here.
            const { root } = this.editor;
            if (!root.contains(root.getRootNode().activeElement)) root.focus({ preventScroll: true });
            const box = this.element.getBoundingClientRect();
            this.aim(mode, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
        }

        /** @param {number} x from the left, 0..1; y from the top */
        aim(mode, x, y) {
            const { editor } = this;
            const lamp = editor.lamps[editor.selected];
            if (!lamp || lamp.locked) return;
            const normal = this.findNormal(x, y);
            if (!normal) {
                editor.onMessage("IC-Light: light finds a spot on a subject's form only: open a subject, and choose form.");
                return;
            }
            const { width, height } = editor.scene.head;
            const aimed = window.ICLight.aimLamp(lamp, { x, y }, normal, mode, width / height);
            const moved = { ...lamp, ...window.ICLight.lamps.change(aimed, aimed, true) };
            editor.changeLamps((old, i) => (i === editor.selected ? moved : old));
        }

        /** The subject's normal at a place: to the right, up and to the viewer. */
        findNormal(x, y) {
            const { scene } = this.editor;
            const normals = scene && scene.values.normals;
            if (!normals) return null;
            const { width, height } = scene.head;
            const [column, row] = [Math.min(Math.floor(x * width), width - 1), Math.min(Math.floor(y * height), height - 1)];
            const [across, up] = [0, 1].map((i) => normals[(row * width + column) * 4 + i] / window.ICLight.webgl.STEPS);
            const square = across * across + up * up;
            return [across * Math.sqrt(2 - square), up * Math.sqrt(2 - square), Math.max(1 - square, 0)];
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Spot });
})();
