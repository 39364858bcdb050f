// Small pictures of the subject in many lights, drawn in one go by a WebGL2 canvas of their own.
//
// new ICLight.Thumbnails().draw(scene, lights) draws a scene, as `unpack` of the drawer gives it, or null where there is
// none, into the canvas of each of the lights {canvas, lamps, ambient, surface}. Without a scene they show the light map.

(function () {
    "use strict";

    // Of the short side, in pixels.
    const SUBJECT = 80;
    const MAP = 40;

    /** The mean of each block of pixels, layer by layer. */
    function shrink({ head, values }) {
        const factor = Math.max(Math.min(head.width, head.height) / SUBJECT, 1);
        const [width, height] = [head.width, head.height].map((side) => Math.max(Math.floor(side / factor), 1));
        const smaller = Object.entries(values).map(([layer, given]) => {
            const channels = given.length / (head.width * head.height);
            return [layer, shrinkLayer(given, channels, head, width, height)];
        });
        return { head: { ...head, width, height }, values: Object.fromEntries(smaller) };
    }

    function shrinkLayer(given, channels, head, width, height) {
        const means = new given.constructor(width * height * channels);
        const sums = new Float64Array(channels);
        for (let row = 0; row < height; row++) {
            const [top, bottom] = [row, row + 1].map((at) => Math.floor((at * head.height) / height));
            for (let column = 0; column < width; column++) {
                const [left, right] = [column, column + 1].map((at) => Math.floor((at * head.width) / width));
                sums.fill(0);
                for (let y = top; y < bottom; y++) {
                    let at = (y * head.width + left) * channels;
                    for (let x = left; x < right; x++) {
                        for (let channel = 0; channel < channels; channel++) sums[channel] += given[at++];
                    }
                }
                const count = (bottom - top) * (right - left);
                const to = (row * width + column) * channels;
                for (let channel = 0; channel < channels; channel++) {
                    means[to + channel] = Math.round(sums[channel] / count);
                }
            }
        }
        return means;
    }

    class Thumbnails {
        constructor() {
            this.drawer = null;
            this.scene = null;
            // How long the last ones took, in milliseconds.
            this.took = 0;
        }

        draw(scene, lights) {
            const start = performance.now();
            if (scene && this.load(scene)) lights.forEach((light) => this.drawSubject(light));
            else lights.forEach(drawMap);
            this.took = performance.now() - start;
        }

        /** Whether there is a WebGL2 canvas with that scene. */
        load(scene) {
            if (!this.drawer || this.drawer.gl.isContextLost()) {
                const canvas = document.createElement("canvas");
                const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
                if (!gl) return false;
                this.drawer = new window.ICLight.WebGLDrawer(canvas, gl);
                this.scene = null;
            }
            if (scene !== this.scene) {
                const { head, values } = shrink(scene);
                const shading = window.ICLight.shadings[head.shading];
                // So small, one program for all of it is made sooner than several.
                const parts = shading.whole(head);
                this.drawer.load(head, values, parts);
                this.scene = scene;
            }
            return true;
        }

        drawSubject({ canvas, lamps, ambient, surface }) {
            const from = this.drawer.canvas;
            if (!this.drawer.draw(window.ICLight.describeLight(lamps, ambient, surface))) return;
            setSize(canvas, from.width, from.height);
            canvas.getContext("2d").drawImage(from, 0, 0);
        }

        dispose() {
            if (this.drawer) this.drawer.dispose();
            this.drawer = this.scene = null;
        }
    }

    function drawMap({ canvas, lamps, ambient }) {
        const map = window.ICLight.drawLightMap(lamps, ambient, MAP, MAP);
        setSize(canvas, MAP, MAP);
        canvas.getContext("2d").putImageData(new ImageData(map, MAP, MAP), 0, 0);
    }

    function setSize(canvas, width, height) {
        if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Thumbnails });
})();
