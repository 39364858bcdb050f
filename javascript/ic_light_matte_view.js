// The matte over the light editor's picture: the photo with it, before grey, squares or the light map, and the brush.
//
// new ICLight.MatteView(editor) listens to pointers for a MatteEditor, once its element is put over the picture.

(function () {
    "use strict";

    class MatteView {
        constructor(editor) {
            const { create } = window.ICLight.elements;
            this.editor = editor;
            this.canvas = create("canvas", { "aria-hidden": "true" });
            this.context = this.canvas.getContext("2d");
            this.brush = create("span", { class: "ic-light-brush", "aria-hidden": "true", hidden: "" });
            // Arrow keys are the brush's, not the screen reader's.
            const given = { class: "ic-light-overlay ic-light-matte", role: "application", tabindex: 0 };
            this.element = create("div", given);
            this.ground = new window.ICLight.Ground(this.element);
            this.element.append(this.canvas, this.brush);
            this.held = null;
            this.listen();
        }

        listen() {
            const { element } = this;
            const listen = (name, listener) => window.ICLight.listenAbove(element, name, listener);
            listen("pointerdown", (event) => this.press(event));
            listen("pointermove", (event) => this.drag(event));
            for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
                listen(end, (event) => this.isHeldBy(event) && this.release());
            }
            listen("pointerleave", () => this.held || this.hideBrush());
            element.addEventListener("focus", () => element.matches(":focus-visible") && this.editor.move([0, 0]));
            element.addEventListener("blur", () => this.hideBrush());
        }

        isHeldBy(event) {
            return Boolean(this.held) && event.pointerId === this.held.pointer;
        }

        press(event) {
            if (event.button !== 0 || !event.isPrimary || this.held) return;
            const at = this.locate(event);
            this.held = { pointer: event.pointerId, at, isOther: event.altKey };
            this.element.setPointerCapture(event.pointerId);
            this.placeBrush(at);
            this.editor.tool.press(this.editor, at, event.altKey);
        }

        drag(event) {
            this.placeBrush(this.locate(event));
            if (!this.isHeldBy(event)) return;
            const moves = event.getCoalescedEvents?.() ?? [];
            for (const move of moves.length ? moves : [event]) {
                const at = this.locate(move);
                this.editor.tool.drag(this.editor, this.held.at, at, this.held.isOther);
                this.held.at = at;
            }
        }

        /** What is held is painted. */
        release() {
            if (!this.held) return;
            this.held = null;
            this.editor.lift();
        }

        /** The place of a pointer in pixels of the matte. */
        locate(event) {
            const box = this.canvas.getBoundingClientRect();
            const { width, height } = this.canvas;
            return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
        }

        placeBrush([x, y]) {
            const { setStyle } = window.ICLight.elements;
            const { tool, brush } = this.editor;
            this.at = [x, y];
            this.brush.hidden = !tool.isBrush;
            const scale = this.element.clientWidth / this.canvas.width;
            setStyle(this.brush, "--ic-light-size", `${2 * brush.radius * scale}px`);
            setStyle(this.brush, "transform", `translate(${x * scale}px, ${y * scale}px)`);
        }

        hideBrush() {
            this.brush.hidden = true;
        }

        show(matte, ground, light) {
            const { width, height } = matte;
            this.ground.show(ground, light, width / height);
            if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
            if (!this.brush.hidden && this.at) this.placeBrush(this.at);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { MatteView });
})();
