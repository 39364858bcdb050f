// Small pictures of the subject in many lights, drawn in one go by a WebGL2 canvas of their own.
//
// new ICLight.Thumbnails().draw(scene, lights) draws a scene, as `unpack` of the drawer gives it, or null where there is
// none, as the image of each of the lights {image, lamps, ambient, surface}. Without a scene they show the light map.
// Images, as a browser puts each canvas onto the screen by itself, with every frame of whatever else is drawn.

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
            // How long the last ones held the page up, in milliseconds.
            this.took = 0;
            this.turn = 0;
        }

        async draw(scene, lights) {
            // How light falls was told before a scene of it: that is drawn once it comes.
            if (scene && lights.some(({ surface }) => surface.shading !== scene.head.shading)) return;
            const turn = ++this.turn;
            const start = performance.now();
            const sheet = scene && this.load(scene) ? this.drawSubject(lights) : null;
            const drawn = performance.now() - start;
            if (sheet) await waitForGraphics(this.drawer.gl);
            if (turn !== this.turn) return;
            const since = performance.now();
            show(lights, sheet ? cut(sheet, lights.length) : lights.map(drawMap));
            this.took = drawn + performance.now() - since;
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

        /** Below one another. */
        drawSubject(lights) {
            const { canvas } = this.drawer;
            const { width, height } = canvas;
            const sheet = window.ICLight.elements.create("canvas", { width, height: height * lights.length });
            const context = sheet.getContext("2d");
            lights.forEach(({ lamps, ambient, surface }, i) => {
                this.drawer.draw(window.ICLight.describeLight(lamps, ambient, surface));
                context.drawImage(canvas, 0, i * height);
            });
            return sheet;
        }

        dispose() {
            this.turn++;
            if (this.drawer) this.drawer.dispose();
            this.drawer = this.scene = null;
        }
    }

    /** To read before the graphics are done would hold the page up. */
    function waitForGraphics(gl) {
        const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
        gl.flush();
        return new Promise((done) => {
            const look = () => {
                if (gl.clientWaitSync(sync, 0, 0) === gl.TIMEOUT_EXPIRED) setTimeout(look, 10);
                else done();
            };
            look();
        });
    }

    function cut(sheet, count) {
        const { data } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
        const size = data.length / count;
        return Array.from({ length: count }, (_, i) => {
            return new ImageData(data.subarray(i * size, (i + 1) * size), sheet.width, sheet.height / count);
        });
    }

    function show(lights, pictures) {
        const canvas = document.createElement("canvas");
        const context = canvas.getContext("2d", { willReadFrequently: true });
        lights.forEach(({ image }, i) => {
            Object.assign(canvas, { width: pictures[i].width, height: pictures[i].height });
            context.putImageData(pictures[i], 0, 0);
            image.src = canvas.toDataURL();
        });
    }

    function drawMap({ lamps, ambient }) {
        return new ImageData(window.ICLight.drawLightMap(lamps, ambient, MAP, MAP), MAP, MAP);
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Thumbnails });
})();
