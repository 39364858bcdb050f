// A matte that is painted: its levels, and every stroke, to go back and forth in.
//
// new ICLight.Matte(scene, key) begins with the matte of a live picture, as `unpack` of ic_light_webgl.js gives it.

(function () {
    "use strict";

    // What a mask has to have somewhere (lib_iclight/decoding/levels.py): a darker one is refused.
    const LEAST_WHITE = 0.1;

    /** A live picture, as transparent as its matte's levels say. */
    function cutOut({ head, values: { picture } }, levels) {
        const image = new ImageData(head.width, head.height);
        for (let at = 0; at < levels.length; at++) {
            for (let channel = 0; channel < 3; channel++) image.data[4 * at + channel] = picture[3 * at + channel];
            image.data[4 * at + 3] = levels[at];
        }
        return image;
    }

    /** The levels of a live picture's matte, 0..255: the last of the values of the layer that has them. */
    function readMatte({ head, values }) {
        const vectors = values.normals || values.side;
        const { STEPS } = window.ICLight.webgl;
        return Uint8Array.from({ length: head.width * head.height }, (_, at) => {
            return Math.round((Math.max(vectors[4 * at + 3], 0) * 255) / STEPS);
        });
    }

    class Matte {
        constructor(scene, key) {
            const { width, height } = scene.head;
            Object.assign(this, { width, height, key });
            this.start = readMatte(scene);
            this.levels = this.start.slice();
            this.history = new window.ICLight.History(null);
            // The matte before the stroke that is being painted, and where that has been.
            this.before = this.box = null;
            this.image = cutOut(scene, this.levels);
        }

        get whole() {
            return [0, 0, this.width, this.height];
        }

        get shortSide() {
            return Math.min(this.width, this.height);
        }

        /** Whether nothing was painted since the start, or all of it is undone. */
        get isUntouched() {
            return this.levels.every((level, at) => level === this.start[at]);
        }

        /** Whether there is a subject in it. */
        get isSubject() {
            return this.levels.some((level) => level >= LEAST_WHITE * 255);
        }

        /** Whether it began with the matte of that picture, but for what is rounded. */
        isOf(scene) {
            const { width, height } = scene.head;
            if (width !== this.width || height !== this.height) return false;
            return readMatte(scene).every((level, at) => Math.abs(level - this.start[at]) <= 1);
        }

        /** A stroke begins. */
        begin() {
            this.before = this.levels.slice();
            this.box = null;
        }

        /** Go on with the stroke; as `paint` of ic_light_matte_brush.js. */
        paint(brush, from, to) {
            const { paint, unite } = window.ICLight.matteBrush;
            const box = paint(this.levels, this.width, this.height, brush, from, to);
            this.box = unite(this.box, box);
            return this.update(box);
        }

        /** The stroke is a step that can be undone, where it has changed something. */
        record() {
            const { before, box, levels, width } = this;
            this.before = this.box = null;
            const step = before && box && window.ICLight.matteBrush.differ(before, levels, width, box);
            if (step && step.bits.some(Boolean)) this.history.record(step);
        }

        /** Other levels in place of all that was painted, as one step. Whatever finds a matte elsewhere uses this. */
        replace(levels) {
            this.begin();
            this.levels.set(levels);
            this.box = this.whole;
            this.record();
            return this.update(this.whole);
        }

        /** Undo (-1) or redo (1) a step: the box that is another. */
        moveInHistory(by) {
            const { history } = this;
            if (by < 0 ? !history.canUndo : !history.canRedo) return null;
            const { current } = history;
            const next = history.move(by);
            const step = by < 0 ? current : next;
            window.ICLight.matteBrush.exchange(this.levels, this.width, step);
            return this.update(step.box);
        }

        /** As it began; what was painted can be redone. */
        rewind() {
            while (this.history.canUndo) this.moveInHistory(-1);
            if (this.isUntouched) return;
            // The oldest steps are forgotten, and the others begin with them.
            this.levels.set(this.start);
            this.history = new window.ICLight.History(null);
            this.update(this.whole);
        }

        /** It begins anew as it is. */
        settle() {
            this.start = this.levels.slice();
            this.history = new window.ICLight.History(null);
        }

        /** Let the picture be as transparent as the matte says. */
        update(box) {
            if (!box) return null;
            const [left, top, right, bottom] = box;
            const { data } = this.image;
            for (let row = top; row < bottom; row++) {
                for (let at = row * this.width + left; at < row * this.width + right; at++) data[4 * at + 3] = this.levels[at];
            }
            return box;
        }

        /** Draw the picture before what is behind the canvas. */
        draw(context, box = this.whole) {
            if (!box) return;
            const [left, top, right, bottom] = box;
            context.putImageData(this.image, 0, 0, left, top, right - left, bottom - top);
        }

        /** As a mask: a PNG of greys, white keeps. */
        write() {
            const { width, height, levels } = this;
            const greys = new ImageData(width, height);
            for (let at = 0; at < width * height; at++) greys.data.fill(levels[at], 4 * at, 4 * at + 3)[4 * at + 3] = 255;
            const canvas = window.ICLight.elements.create("canvas", { width, height });
            canvas.getContext("2d").putImageData(greys, 0, 0);
            return new Promise((done) => canvas.toBlob(done, "image/png"));
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Matte, readMatte, cutOut });
})();
