// A picture under a light that is dragged over it.
//
// new ICLight.Canvas(element, {picked, said}) fills an empty block element; then
//   open(base, key)    shows the picture that the server keeps under that key, of the routes below `base`
//   show(described)    in the light that `live.described` tells
// and picked(values) is called with plain option values whenever a person has set the light.
// Drawn by WebGL2, or by the server where there is none. Nothing here knows of gradio.

(function () {
    "use strict";

    const STEPS = 32767;
    const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    // What shows through where nothing is behind the subject. An opaque canvas is put on the screen faster.
    const SQUARE = 12;
    const GREYS = [128, 160];
    const BELOW = {
        own: "own",
        picture: "texelFetch(behind, at, 0).rgb * 255.0",
        nothing: `vec3((at.x / ${SQUARE} + at.y / ${SQUARE}) % 2 == 0 ? ${GREYS[0]}.0 : ${GREYS[1]}.0)`,
    };
    const STRIDE = 0.02;
    const TURN = 5;

    const MARK = {
        position: "absolute",
        left: 0,
        top: 0,
        // A layer of its own: nothing is laid out or painted anew where it moves.
        willChange: "transform",
        width: "22px",
        height: "22px",
        margin: "-11px",
        borderRadius: "50%",
        border: "2px solid white",
        boxShadow: "0 0 0 1px rgba(0, 0, 0, 0.6), inset 0 0 0 1px rgba(0, 0, 0, 0.6)",
        pointerEvents: "none",
    };

    const VERTEX = `#version 300 es
        void main() {
            // One triangle that covers the picture.
            gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
        }`;

    // painting.lamps.shading, painting.light and compose.composed, step by step, roundings included. A loop
    // over the lamps would take three times as long where there is no graphics card, and a branch a third longer: each
    // number of lamps and each kind of background has a program.
    const fragment = (lamps, behind) => `#version 300 es
        precision highp float;
        precision highp int;
        precision highp sampler2D;
        precision highp isampler2D;
        uniform isampler2D front;
        uniform isampler2D side;
        uniform sampler2D picture;
        uniform sampler2D behind;
        uniform int height;
        uniform vec3 ambient;
        uniform vec4 source[${Math.max(lamps, 1)}];
        uniform vec4 shine[${Math.max(lamps, 1)}];
        out vec4 result;

        // source: what is at the left and above of pixel (0, 0), the height, and what a pixel further on adds.
        // shine: the strength of each channel, and the steepness.
        vec3 lit(vec2 at, vec4 source, vec4 shine, vec4 densityRows, vec3 columns) {
            vec3 towards = vec3(source.z, (at * source.w + source.xy).yx);
            towards /= max(length(towards), 1e-6);
            vec3 effect = densityRows.x * towards.x + densityRows.yzw * towards.y + columns * towards.z;
            effect = clamp(effect, 0.0, 1.0);
            return clamp((effect - 0.5) * shine.w + 0.5, 0.0, 1.0) * shine.rgb;
        }

        void main() {
            ivec2 at = ivec2(int(gl_FragCoord.x), height - 1 - int(gl_FragCoord.y));
            vec4 densityRows = vec4(texelFetch(front, at, 0)) * (1.0 / ${STEPS}.0);
            vec4 columnsAlpha = vec4(texelFetch(side, at, 0)) * (1.0 / ${STEPS}.0);
            vec3 shading = ambient;
            ${Array.from({ length: lamps }, (_, i) => `
            shading += lit(vec2(at), source[${i}], shine[${i}], densityRows, columnsAlpha.xyz);`).join("")}
            vec3 own = texelFetch(picture, at, 0).rgb * 255.0;
            vec3 relit = floor(min(own * shading, 255.0) + 0.5);
            vec3 below = ${BELOW[behind]};
            result = vec4(floor(mix(below, relit, columnsAlpha.w) + 0.5) / 255.0, 1.0);
        }`;

    /** The server's bytes (`Scene.packed`) as typed arrays. */
    function unpacked(buffer) {
        const length = new DataView(buffer).getUint32(0, true);
        const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
        const pixels = head.width * head.height;
        let at = 4 + length;
        const take = (Kind, count) => {
            const part = new Kind(buffer, at, count);
            at += part.byteLength;
            return part;
        };
        const scene = { width: head.width, height: head.height };
        scene.front = take(Int16Array, pixels * 4);
        scene.side = take(Int16Array, pixels * 4);
        scene.picture = take(Uint8Array, pixels * 3);
        scene.behind = head.behind === "picture" ? take(Uint8Array, pixels * 3) : null;
        scene.kind = head.behind;
        return scene;
    }

    /** Draws in the browser. */
    class Renderer {
        constructor(canvas, gl) {
            this.canvas = canvas;
            this.gl = gl;
            this.layers = ["front", "side", "picture", "behind"];
            this.programs = new Map();
            gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
            gl.disable(gl.DITHER);
        }

        /** The program for a number of lamps and a kind of background, and where its uniforms are. */
        program(lamps, behind) {
            const name = `${lamps} ${behind}`;
            if (!this.programs.has(name)) this.programs.set(name, this.build(lamps, behind));
            return this.programs.get(name);
        }

        build(lamps, behind) {
            const gl = this.gl;
            const program = gl.createProgram();
            const texts = [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, fragment(lamps, behind)]];
            for (const [kind, text] of texts) {
                const shader = gl.createShader(kind);
                gl.shaderSource(shader, text);
                gl.compileShader(shader);
                gl.attachShader(program, shader);
            }
            gl.linkProgram(program);
            if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
                const logs = gl.getAttachedShaders(program).map((shader) => gl.getShaderInfoLog(shader));
                throw new Error(`IC-Light: this browser's WebGL2 does not take ${lamps} lamps: ${logs.join(" ")}`);
            }
            gl.useProgram(program);
            this.layers.forEach((name, unit) => gl.uniform1i(gl.getUniformLocation(program, name), unit));
            const names = ["ambient", "source", "shine", "height"];
            return { program, at: Object.fromEntries(names.map((n) => [n, gl.getUniformLocation(program, n)])) };
        }

        async open(base, key, wanted) {
            const answer = await asked(`${base}vectors/${key}`);
            const scene = unpacked(await answer.arrayBuffer());
            if (wanted()) this.load(scene);
        }

        load(scene) {
            const gl = this.gl;
            this.canvas.width = scene.width;
            this.canvas.height = scene.height;
            gl.viewport(0, 0, scene.width, scene.height);
            const vectors = [gl.RGBA16I, gl.RGBA_INTEGER, gl.SHORT];
            const colours = [gl.RGB8, gl.RGB, gl.UNSIGNED_BYTE];
            this.layers.forEach((name, unit) => {
                const [kept, given, type] = scene[name] instanceof Int16Array ? vectors : colours;
                gl.activeTexture(gl.TEXTURE0 + unit);
                gl.deleteTexture(gl.getParameter(gl.TEXTURE_BINDING_2D));
                gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
                gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
                gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
                const [width, height] = scene[name] ? [scene.width, scene.height] : [1, 1];
                const values = scene[name] || new Uint8Array(3);
                gl.texImage2D(gl.TEXTURE_2D, 0, kept, width, height, 0, given, type, values);
            });
            this.scene = { width: scene.width, height: scene.height, kind: scene.kind };
        }

        draw(described) {
            const gl = this.gl;
            const { ambient, lamps } = described.lighting;
            const { width, height, kind } = this.scene;
            const { program, at } = this.program(lamps.length, kind);
            gl.useProgram(program);
            gl.uniform1i(at.height, height);
            gl.uniform3fv(at.ambient, ambient);
            if (lamps.length) {
                gl.uniform4fv(at.source, lamps.flatMap((lamp) => seen(lamp, width, height)));
                gl.uniform4fv(at.shine, lamps.flatMap((lamp) => [...lamp.color, 1 / Math.max(lamp.softness, 1e-6)]));
            }
            gl.drawArrays(gl.TRIANGLES, 0, 3);
        }
    }

    /** A lamp as the program takes it: to the left and above of the first pixel's middle, height, change a pixel. */
    function seen(lamp, width, height) {
        if (!lamp.point) return [-lamp.x, -lamp.y, lamp.height, 0];
        const unit = Math.min(width, height) / 2;
        return [(0.5 - lamp.x * width) / unit, (0.5 - lamp.y * height) / unit, lamp.height, 1 / unit];
    }

    /** Lets the server draw: one picture under way at a time, and the newest light next. */
    class Remote {
        constructor(canvas, drawn, failed) {
            this.canvas = canvas;
            this.context = canvas.getContext("2d");
            this.drawn = drawn;
            this.failed = failed;
            this.address = null;
            this.next = null;
            this.busy = false;
        }

        async open(base, key) {
            this.address = `${base}light/${key}`;
        }

        draw(described) {
            this.next = `${this.address}?${new URLSearchParams(described.options)}`;
            if (!this.busy) this.fetch().catch(this.failed);
        }

        async fetch() {
            this.busy = true;
            try {
                while (this.next) {
                    const address = this.next;
                    this.next = null;
                    const picture = await createImageBitmap(await (await asked(address)).blob());
                    if (!address.startsWith(this.address)) continue;
                    if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
                        this.canvas.width = picture.width;
                        this.canvas.height = picture.height;
                    }
                    this.context.clearRect(0, 0, picture.width, picture.height);
                    this.context.drawImage(picture, 0, 0);
                    this.drawn();
                }
            } finally {
                this.busy = false;
            }
        }
    }

    /** The answer of a route, or its sentence as an error. */
    async function asked(address) {
        const answer = await fetch(address);
        if (answer.ok) return answer;
        const told = await answer.json().catch(() => ({}));
        throw new Error(told.detail || `IC-Light: the server answered ${answer.status} for the picture.`);
    }

    const within = (value, low, high) => Math.min(Math.max(value, low), high);
    const rounded = (value, step) => Math.round(value / step) / Math.round(1 / step);

    class Canvas {
        /**
         * @param {HTMLElement} element to be filled
         * @param {function(Object)} picked told light, and light_angle or light_x and light_y, once the light is set
         * @param {function(string)} said told a sentence where something fails
         */
        constructor(element, { picked = () => {}, said = () => {} } = {}) {
            this.element = element;
            this.picked = picked;
            this.said = said;
            this.frames = 0;
            this.opened = null;
            this.described = null;
            this.taken = null;
            this.due = 0;
            this.order = 0;
            this.ready = false;
            this.handle = document.createElement("span");
            this.handle.hidden = true;
            Object.assign(this.handle.style, MARK);
            // A finger on the picture moves the light, not the page.
            Object.assign(element.style, { position: "relative", touchAction: "none", userSelect: "none" });
            element.tabIndex = 0;
            element.setAttribute("role", "application");
            element.setAttribute("aria-label", "Light over the picture: drag it, or move it with the arrow keys");
            this.build();
            this.listen();
        }

        /** "webgl2" or "server": who draws. */
        get path() {
            return this.drawer instanceof Renderer ? "webgl2" : "server";
        }

        build(lost = false) {
            const canvas = document.createElement("canvas");
            Object.assign(canvas.style, { display: "block", width: "100%", height: "auto" });
            const wanted = { alpha: false, antialias: false, depth: false };
            const gl = lost ? null : canvas.getContext("webgl2", wanted);
            if (gl) {
                this.drawer = new Renderer(canvas, gl);
                canvas.addEventListener("webglcontextlost", () => this.rebuild());
            } else {
                this.drawer = new Remote(canvas, () => this.frames++, (error) => this.said(error.message));
            }
            this.element.dataset.path = this.path;
            this.element.replaceChildren(canvas, this.handle);
        }

        /** A browser takes WebGL away where its memory is short: the server draws on. */
        rebuild() {
            this.build(true);
            if (this.opened) this.open(...this.opened);
        }

        /** Show the picture of a key. Resolves to whether it is shown; not where another was opened since. */
        async open(base, key) {
            const order = ++this.order;
            const wanted = () => order === this.order;
            this.ready = false;
            try {
                await this.drawer.open(base, key, wanted);
            } catch (error) {
                if (wanted()) this.said(error.message);
                return false;
            }
            if (!wanted()) return false;
            this.opened = [base, key];
            this.ready = true;
            this.redraw();
            return true;
        }

        /** Light it. While a person holds the light, what is told from elsewhere waits. */
        show(described) {
            this.described = described;
            if (!this.taken) this.redraw();
        }

        redraw() {
            if (!this.due) this.due = requestAnimationFrame(() => this.draw());
        }

        /** Draw now what is to be seen. */
        draw() {
            cancelAnimationFrame(this.due);
            this.due = 0;
            this.place();
            const described = this.taken || this.described;
            if (!this.ready || !described) return;
            this.drawer.draw(described);
            if (this.path === "webgl2") this.frames++;
        }

        /** The mark of the light: where the lamp is, or at the side that it shines from. */
        place() {
            const described = this.taken || this.described;
            const lamp = described && described.lighting.lamps[0];
            this.handle.hidden = !lamp;
            if (!lamp) return;
            const [x, y] = where(lamp);
            const { clientWidth, clientHeight } = this.element;
            this.handle.style.transform = `translate(${x * clientWidth}px, ${y * clientHeight}px)`;
        }

        listen() {
            const element = this.element;
            const move = (event) => {
                const box = element.querySelector("canvas").getBoundingClientRect();
                const x = within((event.clientX - box.left) / box.width, 0, 1);
                const y = within((event.clientY - box.top) / box.height, 0, 1);
                const turns = (this.described.options.light === "angle") !== event.shiftKey;
                this.take(turns ? angle((x - 0.5) * box.width, (y - 0.5) * box.height) : point(x, y));
            };
            element.addEventListener("pointerdown", (event) => {
                if (event.button !== 0 || !this.ready || !this.described) return;
                // The browser gives it the focus, and no ring as for the keyboard: that would be drawn with every frame.
                element.setPointerCapture(event.pointerId);
                move(event);
            });
            element.addEventListener("pointermove", (event) => {
                if (element.hasPointerCapture(event.pointerId)) move(event);
            });
            for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => this.letGo());
            element.addEventListener("keydown", (event) => {
                const arrow = ARROWS[event.key];
                if (!arrow || !this.ready || !this.described) return;
                event.preventDefault();
                this.take(stepped(this.taken || this.described, arrow));
            });
            element.addEventListener("keyup", (event) => ARROWS[event.key] && this.letGo());
            element.addEventListener("blur", () => this.letGo());
            new ResizeObserver(() => this.place()).observe(element);
        }

        /** The light in a person's hand, as option values. */
        take(values) {
            const { options, hand } = this.described;
            const lamps = hand.lamps.map((lamp) => ({ ...lamp, ...source(values) }));
            this.taken = { options: { ...options, ...values }, lighting: { ...hand, lamps } };
            this.values = values;
            this.redraw();
        }

        /** The light is set: in the steps of the panel's own controls, so that both show the same. */
        letGo() {
            if (!this.taken) return;
            const steps = { light_angle: 1, light_x: 0.01, light_y: 0.01 };
            const set = Object.entries(this.values).map(([k, v]) => [k, k in steps ? rounded(v, steps[k]) : v]);
            this.take(Object.fromEntries(set));
            this.described = { ...this.described, ...this.taken };
            this.taken = null;
            this.picked(this.values);
        }
    }

    const point = (x, y) => ({ light: "point", light_x: x, light_y: y });

    /** Degrees as the option light_angle counts them: 0 = right, 90 = top. */
    function angle(right, down) {
        const degrees = (Math.atan2(-down, right) * 180) / Math.PI;
        return { light: "angle", light_angle: (degrees + 360) % 360 };
    }

    /** Where the lamp of these values stands, as painting.request.SOURCES has it. */
    function source(values) {
        if (values.light === "point") return { point: true, x: values.light_x, y: values.light_y };
        const turn = (values.light_angle * Math.PI) / 180;
        return { point: false, x: Math.cos(turn), y: -Math.sin(turn) };
    }

    /** Its place on the picture, from the left and from the top. */
    function where(lamp) {
        return lamp.point ? [lamp.x, lamp.y] : [0.5 + 0.46 * lamp.x, 0.5 + 0.46 * lamp.y];
    }

    /** A light one step further on. */
    function stepped(described, [across, down]) {
        const { options, lighting } = described;
        if (options.light === "angle") {
            return { light: "angle", light_angle: (options.light_angle - TURN * (across + down) + 360) % 360 };
        }
        const [x, y] = lighting.lamps.length ? where(lighting.lamps[0]) : [0.5, 0.5];
        return point(within(x + STRIDE * across, 0, 1), within(y + STRIDE * down, 0, 1));
    }

    window.ICLight = { Canvas };
})();
