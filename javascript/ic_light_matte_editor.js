// The mode of the light editor in which its subject's matte is painted.
//
// new ICLight.MatteEditor(editor) makes nothing until it is entered: toggle() enters and leaves it. What is painted is
// told to the light editor's onMatte, as a PNG of greys. Its tools are ICLight.matteTools, what a person can do stands in
// ic_light_matte_actions.js.

(function () {
    "use strict";

    // The brush's width by the picture's short side, at either end of its slider, and what a key moves that by.
    const [NARROWEST, WIDEST] = [0.004, 0.6];
    const SIZE_STEP = 0.05;

    const EMPTY = "IC-Light: the matte keeps nothing: paint the subject with Keep.";

    class MatteEditor {
        constructor(editor) {
            this.editor = editor;
            this.shell = new window.ICLight.EditorMode(editor, this);
            this.matte = this.view = this.form = null;
            this.toolName = "keep";
            this.size = 0.5;
            this.softness = 0.3;
            this.place = { x: 0.5, y: 0.5 };
        }

        get isOn() {
            return this.shell.isOn;
        }

        get tool() {
            return window.ICLight.matteTools[this.toolName];
        }

        get brush() {
            const share = NARROWEST ** (1 - this.size) * WIDEST ** this.size;
            const { size, softness } = this;
            return { size, softness, percent: (100 * share).toFixed(1), radius: (share * this.matte.shortSide) / 2 };
        }

        get history() {
            return this.matte.history;
        }

        /** The picture's width by its height, which is not the canvas' where it is placed. */
        get proportion() {
            return this.matte.width / this.matte.height;
        }

        /** What a key is for. */
        findFocus(element) {
            return element === this.view.element ? "brush" : "matte";
        }

        toggle() {
            if (this.isOn) this.cancel();
            else this.enter().catch((error) => this.editor.onMessage(error.message));
        }

        async enter() {
            const { key } = this.shell;
            const scene = await this.shell.fetchScene();
            if (this.editor.mode || key !== this.shell.key) return;
            const { Matte, MatteView, MatteForm } = window.ICLight;
            this.matte ||= new Matte(scene, key);
            this.view ||= new MatteView(this);
            this.form ||= new MatteForm(this, this.editor.toolbar);
            this.shell.enter();
            this.redraw();
            this.move([0, 0]);
            this.view.hideBrush();
            this.view.element.focus({ preventScroll: true });
        }

        cancel() {
            this.view.release();
            this.matte.rewind();
            this.shell.leave();
        }

        /** What is painted is the subject's mask. */
        async finish() {
            const { matte } = this;
            this.view.release();
            if (!matte.isSubject) {
                this.editor.onMessage(EMPTY);
                return;
            }
            matte.settle();
            this.shell.leave();
            this.editor.onMatte(await matte.write());
        }

        /** Show what the light editor has. Another picture ends the mode, but for one that is cut out as is painted here. */
        show() {
            const { editor, matte } = this;
            const { key } = this.shell;
            if (matte && matte.key !== key) {
                if (editor.scene && this.shell.isWhole && matte.isOf(editor.scene)) {
                    matte.key = key;
                } else {
                    this.shell.leave();
                    this.matte = null;
                }
            }
            if (!this.isOn) return;
            this.form.show(this.tool, this.brush);
            this.view.show(this.matte, this.shell.ground, editor);
        }

        redraw(box) {
            this.matte.draw(this.view.context, box);
        }

        // What a person does.

        take(name) {
            this.toolName = name;
            this.editor.refresh();
        }

        /** Another size or softness, both 0..1. */
        setBrush(values) {
            Object.assign(this, values);
            this.editor.refresh();
        }

        resize(by) {
            this.setBrush({ size: window.ICLight.lamps.clamp(this.size + by * SIZE_STEP, 0, 1) });
        }

        lift() {
            this.tool.lift(this);
            this.editor.refresh();
        }

        /** By keyboard. */
        move(way, far = false) {
            const { lamps, elements } = window.ICLight;
            this.place = lamps.step({ kind: "point", ...this.place }, way, far);
            const [x, y] = [this.place.x, this.place.y].map((share) => Math.round(share * 100));
            const label = elements.phrase("Matte; the brush is {} % from the left, {} % from the top, and Enter paints there", x, y);
            elements.setAttribute(this.view.element, "aria-label", label);
            this.view.placeBrush(this.at);
        }

        /** Where the keyboard has the brush, in pixels. */
        get at() {
            return [this.place.x * this.matte.width, this.place.y * this.matte.height];
        }

        dab() {
            this.tool.press(this, this.at, false);
            this.lift();
        }

        clear() {
            this.replace(this.matte.start);
        }

        /** Other levels in place of what is painted, as a step that can be undone. */
        replace(levels) {
            this.redraw(this.matte.replace(levels));
            this.editor.refresh();
        }

        moveInHistory(by) {
            if (this.view.held) return;
            this.redraw(this.matte.moveInHistory(by));
            this.editor.refresh();
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { MatteEditor });
})();
