// Draws the server's picture in some light by WebGL2: what the server computes, in the browser.
//
// new ICLight.WebGLDrawer(canvas, gl, {onChange, onError}) draws into a canvas by its context; open(base, key, isWanted)
// takes a picture. What its shadow is made of comes later, where one is wanted: see ic_light_cast_shadow.js.
// How light falls is a shading: ICLight.shadings has them by the name that the picture's own bytes say. A shading has
//   layers   what follows in the bytes, each with how it is kept: "vectors", "encoded" (sRGB) or "linear", into which
//            the graphics decode sRGB as they read it
//   whole(head)             all of the picture as one part
//   divide(head, values)    the parts of the picture, each some rectangles, that have programs of their own
//   plan(lighting, scene)   what a light needs: the programs by part, each with a name and a text, and their values
//   addsUp                  whether plan takes a third value, as ic_light_kept_light.js asks for

(function () {
    "use strict";

    const STEPS = 32767;
    // What shows through where nothing is behind the subject. An opaque canvas is put on the screen faster.
    const SQUARE = 12;
    const GREYS = [128, 160];
    const SQUARES = `vec3((at.x / ${SQUARE} + at.y / ${SQUARE}) % 2 == 0 ? ${GREYS[0]}.0 : ${GREYS[1]}.0)`;

    /** What is seen behind the subject, as a colour 0..255: its own background as `own` says, another in the shadow. */
    function writeBehind(behind, own, shadow = null) {
        const picture = "texelFetch(behind, at, 0).rgb";
        const shaded = shadow ? `encode(decode(${picture}) * leaveLight(at))` : `${picture} * 255.0`;
        return { own, picture: shaded, nothing: SQUARES }[behind];
    }

    /** What a program's name has of its shadow. */
    const nameShadow = (shadow) => (shadow ? ` shadow ${shadow.lamps}` : "");

    const CORNER = 0;
    const VERTEX = `#version 300 es
        in vec2 corner;
        uniform vec2 size;
        void main() {
            gl_Position = vec4(corner / size * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
        }`;

    // Below it sRGB is a straight line, in linear light.
    const STRAIGHT = 0.0031308;

    // What every program begins with. Powers are dear where there is no graphics card: `encode` is 0.06 of a level off at
    // the most, `decode` 0.0003.
    const HEAD = `#version 300 es
        precision highp float;
        precision highp int;
        precision highp sampler2D;
        precision highp isampler2D;
        uniform vec2 size;
        layout(location = 0) out vec4 result;
        ivec2 locate() {
            return ivec2(int(gl_FragCoord.x), int(size.y) - 1 - int(gl_FragCoord.y));
        }
        vec4 fetchVector(isampler2D layer, ivec2 at) {
            return vec4(texelFetch(layer, at, 0)) * (1.0 / ${STEPS}.0);
        }

        // To sRGB, 0..255, at the nearest level.
        vec3 encode(vec3 light) {
            vec3 root = sqrt(light), fourth = sqrt(root);
            vec3 bent = -0.07176077 + 0.25579381 * fourth + root * (0.95258077 - 0.13682876 * fourth);
            vec3 levels = mix(bent, 12.92 * light, lessThan(light, vec3(${STRAIGHT})));
            return floor(levels * 255.0 + 0.5);
        }

        float decode(float level) {
            return level * (0.0557658 + level * (0.37200367 + level * (1.03388666
                + level * (-0.6959494 + level * 0.23458673))));
        }

        vec3 decode(vec3 level) {
            return vec3(decode(level.r), decode(level.g), decode(level.b));
        }
        `;

    const KEPT = {
        vectors: { Kind: Int16Array, channels: 4, internal: "RGBA16I", format: "RGBA_INTEGER", type: "SHORT" },
        encoded: { Kind: Uint8Array, channels: 3, internal: "RGB8", format: "RGB", type: "UNSIGNED_BYTE" },
        linear: { Kind: Uint8Array, channels: 3, internal: "SRGB8", format: "RGB", type: "UNSIGNED_BYTE" },
    };

    /** What the server's bytes begin with (`packed.pack_head`), and where it ends. */
    function readHead(buffer) {
        const length = new DataView(buffer).getUint32(0, true);
        const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
        return { head, end: 4 + length };
    }

    /** The server's bytes (`LivePicture.pack`): their head, and by layer its values, where there are any. */
    function unpack(buffer) {
        const { head, end } = readHead(buffer);
        const pixels = head.width * head.height;
        const values = {};
        let at = end;
        for (const [layer, kept] of Object.entries(window.ICLight.shadings[head.shading].layers)) {
            if (layer === "behind" && head.behind !== "picture") continue;
            const { Kind, channels } = KEPT[kept];
            values[layer] = new Kind(buffer, at, pixels * channels);
            at += values[layer].byteLength;
        }
        return { head, values };
    }

    /** A texture of pixels as they are, bound to a unit. */
    function createTexture(gl, unit) {
        const texture = gl.createTexture();
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.bindTexture(gl.TEXTURE_2D, texture);
        gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
        gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
        return texture;
    }

    class WebGLDrawer {
        constructor(canvas, gl, listeners = {}) {
            this.canvas = canvas;
            this.gl = gl;
            this.programs = new Map();
            this.textures = [];
            this.corners = null;
            this.kept = new window.ICLight.KeptLight(gl);
            this.shadow = new window.ICLight.CastShadow(gl, listeners);
            this.parts = {};
            this.scene = null;
            this.opened = null;
            gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
            gl.disable(gl.DITHER);
        }

        /** A program, and where those of its values are that were set: made where there is none yet of that name. */
        find({ name, write }) {
            const whole = `${this.scene.shading}: ${name}`;
            if (!this.programs.has(whole)) this.programs.set(whole, { program: this.build(whole, write()), at: {} });
            return this.programs.get(whole);
        }

        build(name, text) {
            const gl = this.gl;
            const program = gl.createProgram();
            const texts = [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, HEAD + text]];
            for (const [kind, text] of texts) {
                const shader = gl.createShader(kind);
                gl.shaderSource(shader, text);
                gl.compileShader(shader);
                gl.attachShader(program, shader);
            }
            gl.bindAttribLocation(program, CORNER, "corner");
            gl.linkProgram(program);
            if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
                const logs = gl.getAttachedShaders(program).map((shader) => gl.getShaderInfoLog(shader));
                throw new Error(`IC-Light: this browser's WebGL2 does not take the light (${name}): ${logs.join(" ")}`);
            }
            gl.useProgram(program);
            this.layers.forEach((layer, unit) => gl.uniform1i(gl.getUniformLocation(program, layer), unit));
            return program;
        }

        get shading() {
            return window.ICLight.shadings[this.scene.shading];
        }

        /** What the programs read, each from the texture unit of its place here. */
        get layers() {
            const { KeptLight, CastShadow } = window.ICLight;
            return [...Object.keys(this.shading.layers), ...KeptLight.LAYERS, ...CastShadow.LAYERS];
        }

        async open(base, key, isWanted) {
            const answer = await window.ICLight.fetchAnswer(`${base}vectors/${key}`);
            const { head, values } = unpack(await answer.arrayBuffer());
            if (!isWanted()) return;
            this.opened = { head, values };
            this.shadow.open(base, key);
            this.load(head, values, window.ICLight.shadings[head.shading].divide(head, values));
        }

        load(head, values, parts) {
            const gl = this.gl;
            const { width, height } = head;
            this.scene = head;
            Object.assign(this.canvas, { width, height });
            this.loadParts(parts);
            for (const texture of this.textures) gl.deleteTexture(texture);
            this.kept.forget();
            this.textures = Object.entries(this.shading.layers).map(([layer, kept], unit) => {
                const { internal, format, type } = KEPT[kept];
                const texture = createTexture(gl, unit);
                const size = values[layer] ? [width, height] : [1, 1];
                const given = values[layer] || new Uint8Array(3);
                gl.texImage2D(gl.TEXTURE_2D, 0, gl[internal], ...size, 0, gl[format], gl[type], given);
                return texture;
            });
        }

        /** Two triangles for each rectangle, part by part. */
        loadParts(parts) {
            const gl = this.gl;
            const corners = [];
            this.parts = {};
            for (const [part, rectangles] of Object.entries(parts)) {
                const first = corners.length / 2;
                for (const [left, top, right, bottom] of rectangles) {
                    corners.push(left, top, right, top, left, bottom, left, bottom, right, top, right, bottom);
                }
                this.parts[part] = [first, corners.length / 2 - first];
            }
            gl.deleteBuffer(this.corners);
            this.corners = gl.createBuffer();
            gl.bindBuffer(gl.ARRAY_BUFFER, this.corners);
            gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(corners), gl.STATIC_DRAW);
            gl.enableVertexAttribArray(CORNER);
            gl.vertexAttribPointer(CORNER, 2, gl.FLOAT, false, 0, 0);
        }

        /** Nothing is under way here that could come late. */
        close() {
            this.opened = null;
        }

        dispose() {
            this.gl.getExtension("WEBGL_lose_context")?.loseContext();
        }

        /**
         * Whether it was drawn: not a light of another shading than the picture was prepared for.
         *
         * @param {Object} light as the renderer takes it
         * @param {number} below how many rows of the canvas are below the picture
         */
        draw({ lighting: asked }, below = 0) {
            const { scene } = this;
            if (asked && asked.shading !== scene.shading) return false;
            const unit = this.layers.indexOf(window.ICLight.CastShadow.LAYERS[0]);
            const lighting = asked && { ...asked, shadow: this.shadow.plan(asked, scene, unit) };
            const moved = this.shading.addsUp && !scene.loops ? this.kept.findMoved(lighting) : null;
            if (!moved) {
                this.run(this.shading.plan(lighting, scene), below);
                return true;
            }
            const keep = () => this.run(this.shading.plan(moved.others, scene, "keep"));
            this.kept.use(moved.others, scene, this.textures.length, keep);
            this.run(this.shading.plan(moved.alone, scene, "add"));
            return true;
        }

        run({ programs, values }, below = 0) {
            const { gl, scene } = this;
            const size = [scene.width, scene.height + below];
            const uniforms = { size: [2, size], ...values };
            gl.viewport(0, 0, ...size);
            for (const wanted of programs) {
                const [first, count] = this.parts[wanted.part] || [0, 0];
                if (!count) continue;
                const { program, at } = this.find(wanted);
                gl.useProgram(program);
                for (const [name, [length, given]] of Object.entries(uniforms)) {
                    at[name] ??= gl.getUniformLocation(program, name);
                    gl[`uniform${length}fv`](at[name], given);
                }
                gl.drawArrays(gl.TRIANGLES, first, count);
            }
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { WebGLDrawer, webgl: { STEPS, writeBehind, nameShadow, createTexture, readHead, unpack } });
})();
