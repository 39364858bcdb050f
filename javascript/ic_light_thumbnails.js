// Small pictures of the subject in many lights, drawn in one go by a WebGL2 canvas of their own: one program for all of
// them, and all are read back at once, as either is dear where there is no graphics card.
//
// new ICLight.Thumbnails().draw(scene, lights) draws a scene, as `unpack` of the drawer gives it, or null where there is
// none, as the image of each of the lights {image, lamps, ambient, surface}. Without a scene they show the light map.
// Images, as a browser puts each canvas onto the screen by itself, with every frame of whatever else is drawn.

(function () {
    "use strict";

    // Of the short side, in pixels.
    const SUBJECT = 64;
    const MAP = 40;

    // How many rows and columns of a block of pixels go into its mean at the most.
    const SAMPLES = 4;
    // How high a canvas every WebGL2 draws.
    const TALLEST = 2048;

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
        const rows = sample(head.height, height);
        const columns = sample(head.width, width);
        const sums = new Float64Array(channels);
        let to = 0;
        for (const someRows of rows) {
            for (const someColumns of columns) {
                sums.fill(0);
                for (const row of someRows) {
                    for (const column of someColumns) {
                        const at = (row * head.width + column) * channels;
                        for (let channel = 0; channel < channels; channel++) sums[channel] += given[at + channel];
                    }
                }
                const count = someRows.length * someColumns.length;
                for (let channel = 0; channel < channels; channel++) means[to++] = Math.round(sums[channel] / count);
            }
        }
        return means;
    }

    /** Of each of the blocks that a length is divided into some places, evenly. */
    function sample(length, blocks) {
        return Array.from({ length: blocks }, (_, block) => {
            const [from, to] = [block, block + 1].map((at) => Math.floor((at * length) / blocks));
            const count = Math.min(to - from, SAMPLES);
            return Array.from({ length: count }, (_, i) => from + Math.floor(((i + 0.5) * (to - from)) / count));
        });
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
            if (scene && this.load(scene)) this.drawSubjects(lights);
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
                this.drawer.load({ ...head, loops: true }, values, window.ICLight.shadings[head.shading].whole(head));
                this.scene = scene;
            }
            return true;
        }

        drawSubjects(lights) {
            const { width, height } = this.drawer.scene;
            const most = Math.max(Math.floor(TALLEST / height), 1);
            for (let at = 0; at < lights.length; at += most) this.drawStack(lights.slice(at, at + most), width, height);
        }

        /** One upon another, the first at the bottom. */
        drawStack(lights, width, height) {
            const { canvas, gl } = this.drawer;
            Object.assign(canvas, { width, height: height * lights.length });
            const isDrawn = lights.map(({ lamps, ambient, surface }, i) => {
                return this.drawer.draw(window.ICLight.describeLight(lamps, ambient, surface), i * height);
            });
            const read = new Uint8Array(4 * width * canvas.height);
            gl.readPixels(0, 0, width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, read);
            lights.forEach((light, i) => {
                if (!isDrawn[i]) return;
                const picture = new ImageData(width, height);
                for (let row = 0; row < height; row++) {
                    const from = 4 * width * ((i + 1) * height - 1 - row);
                    picture.data.set(read.subarray(from, from + 4 * width), 4 * width * row);
                }
                put(light.image, picture);
            });
        }

        dispose() {
            if (this.drawer) this.drawer.dispose();
            this.drawer = this.scene = null;
        }
    }

    function drawMap({ image, lamps, ambient }) {
        put(image, new ImageData(window.ICLight.drawLightMap(lamps, ambient, MAP, MAP), MAP, MAP));
    }

    function put(image, picture) {
        const { width, height } = picture;
        const canvas = window.ICLight.elements.create("canvas", { width, height });
        canvas.getContext("2d", { willReadFrequently: true }).putImageData(picture, 0, 0);
        image.src = canvas.toDataURL();
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Thumbnails });
})();
