// A picture of the server's in some light, drawn by WebGL2, or by the server where there is none.
//
// new ICLight.Renderer({onMessage, onResize}) has a canvas, to be put anywhere; then
//   open(base, key)    takes the picture that the server keeps under that key, of the routes below `base`
//   show(light)        in a light: as `lighting` (plain values, as the server has them) for this browser, and as
//                      `options` by which the server draws the same; a panorama's light is the server's alone to draw
// Drawn once a frame at the most, and only where something is another. Nothing here knows of gradio, or of how a light
// is set.

(function () {
    "use strict";

    /** Lets the server draw: one picture under way at a time, and the newest light next. */
    class ServerDrawer {
        constructor(canvas, onDraw, onError) {
            this.canvas = canvas;
            this.context = canvas.getContext("2d");
            this.onDraw = onDraw;
            this.onError = onError;
            this.address = null;
            this.next = null;
            this.busy = false;
        }

        async open(base, key) {
            this.address = `${base}light/${key}`;
        }

        close() {
            this.address = this.next = null;
        }

        dispose() {}

        /** Not drawn yet: it comes. */
        draw({ options }) {
            this.next = `${this.address}?${new URLSearchParams(options)}`;
            if (!this.busy) this.fetch().catch(this.onError);
            return false;
        }

        async fetch() {
            this.busy = true;
            try {
                while (this.next) {
                    const address = this.next;
                    this.next = null;
                    const picture = await createImageBitmap(await (await fetchAnswer(address)).blob());
                    if (!this.address || !address.startsWith(this.address)) continue;
                    if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
                        this.canvas.width = picture.width;
                        this.canvas.height = picture.height;
                    }
                    this.context.clearRect(0, 0, picture.width, picture.height);
                    this.context.drawImage(picture, 0, 0);
                    this.onDraw();
                }
            } finally {
                this.busy = false;
            }
        }
    }

    /** The answer of a route, or its sentence as an error. */
    async function fetchAnswer(address, request) {
        const answer = await fetch(address, request);
        if (answer.ok) return answer;
        const error = await answer.json().catch(() => ({}));
        throw new Error(error.detail || `IC-Light: the server answered ${answer.status} for the picture.`);
    }

    class Renderer {
        /**
         * @param {function(string)} onMessage told a sentence where something fails
         * @param {function(number)} onResize told the picture's width by its height, whenever it is another
         */
        constructor({ onMessage, onResize = () => {} }) {
            this.onMessage = onMessage;
            this.onResize = onResize;
            this.proportion = 0;
            this.canvas = null;
            this.frames = 0;
            // What is open, and what was asked for last.
            this.opened = this.asked = null;
            this.light = null;
            this.due = 0;
            this.opening = 0;
            this.ready = false;
            // Whether there is no WebGL any more, and whether the light is one that the server draws.
            this.isLost = this.isServers = false;
            this.build();
        }

        /** "webgl2" or "server": who draws. */
        get backend() {
            return this.drawer instanceof window.ICLight.WebGLDrawer ? "webgl2" : "server";
        }

        build() {
            const canvas = document.createElement("canvas");
            Object.assign(canvas.style, { display: "block", width: "100%", height: "auto" });
            const wanted = { alpha: false, antialias: false, depth: false };
            const gl = this.isLost || this.isServers ? null : canvas.getContext("webgl2", wanted);
            const onError = (error) => this.onMessage(error.message);
            if (gl) {
                this.drawer = new window.ICLight.WebGLDrawer(canvas, gl, { onChange: () => this.redraw(), onError });
                canvas.addEventListener("webglcontextlost", () => canvas === this.canvas && this.lose());
            } else {
                this.drawer = new ServerDrawer(canvas, () => this.count(), onError);
            }
            if (this.canvas) this.canvas.replaceWith(canvas);
            this.canvas = canvas;
        }

        /** A browser takes WebGL away where its memory is short: the server draws on. */
        lose() {
            this.isLost = true;
            this.rebuild();
        }

        rebuild() {
            this.build();
            if (this.asked) this.open(...this.asked);
        }

        /** Take the picture of a key. Resolves to whether it is there; not where another was opened since. */
        async open(base, key) {
            const opening = ++this.opening;
            const isWanted = () => opening === this.opening;
            this.ready = false;
            this.asked = [base, key];
            try {
                await this.drawer.open(base, key, isWanted);
            } catch (error) {
                if (isWanted()) this.onMessage(error.message);
                return false;
            }
            if (!isWanted()) return false;
            this.opened = this.asked;
            this.ready = true;
            this.redraw();
            return true;
        }

        /** Show no picture any more. */
        close() {
            this.opening++;
            this.ready = false;
            this.opened = this.asked = null;
            this.drawer.close();
        }

        show(light) {
            const isSame = JSON.stringify(light) === JSON.stringify(this.light);
            this.light = light;
            const isServers = Boolean(light) && light.options.light === "panorama";
            if (isServers !== this.isServers) {
                const { drawer } = this;
                this.isServers = isServers;
                this.rebuild();
                // Only now, as the canvas that is shown is not to be lost.
                drawer.dispose();
            }
            if (!isSame) this.redraw();
        }

        redraw() {
            if (!this.due) this.due = requestAnimationFrame(() => this.draw());
        }

        /** Draw now what is to be seen. */
        draw() {
            cancelAnimationFrame(this.due);
            this.due = 0;
            if (!this.ready || !this.light) return;
            if (this.drawer.draw(this.light)) this.count();
        }

        /** A picture was drawn. */
        count() {
            this.frames++;
            const proportion = this.canvas.width / this.canvas.height;
            if (proportion === this.proportion) return;
            this.proportion = proportion;
            this.onResize(proportion);
        }

        /** Give back what the browser has few of. */
        dispose() {
            this.close();
            cancelAnimationFrame(this.due);
            this.canvas.remove();
            this.canvas = null;
            this.drawer.dispose();
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Renderer, fetchAnswer });
})();
