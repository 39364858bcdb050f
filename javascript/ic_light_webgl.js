// Draws the server's picture in some light by WebGL2: what lib_iclight/painting computes, in the browser.
//
// new ICLight.WebGLDrawer(canvas, gl) draws into a canvas by its context; open(base, key, isWanted) takes a picture.

(function () {
    "use strict";

    const STEPS = 32767;
    // What shows through where nothing is behind the subject. An opaque canvas is put on the screen faster.
    const SQUARE = 12;
    const GREYS = [128, 160];
    const BELOW = {
        own: "own",
        picture: "texelFetch(behind, at, 0).rgb * 255.0",
        nothing: `vec3((at.x / ${SQUARE} + at.y / ${SQUARE}) % 2 == 0 ? ${GREYS[0]}.0 : ${GREYS[1]}.0)`,
    };

    const VERTEX = `#version 300 es
        void main() {
            // One triangle that covers the picture.
            gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
        }`;

    // painting.lamps.shading, painting.lamps.light and subject.compose, step by step, roundings included. A loop
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
        vec3 light(vec2 at, vec4 source, vec4 shine, vec4 densityRows, vec3 columns) {
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
            shading += light(vec2(at), source[${i}], shine[${i}], densityRows, columnsAlpha.xyz);`).join("")}
            vec3 own = texelFetch(picture, at, 0).rgb * 255.0;
            vec3 relit = floor(min(own * shading, 255.0) + 0.5);
            vec3 below = ${BELOW[behind]};
            result = vec4(floor(mix(below, relit, columnsAlpha.w) + 0.5) / 255.0, 1.0);
        }`;

    /** The server's bytes (`Scene.pack`) as typed arrays. */
    function unpack(buffer) {
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

    class WebGLDrawer {
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

        async open(base, key, isWanted) {
            const answer = await window.ICLight.fetchAnswer(`${base}vectors/${key}`);
            const scene = unpack(await answer.arrayBuffer());
            if (isWanted()) this.load(scene);
        }

        load(scene) {
            const gl = this.gl;
            this.canvas.width = scene.width;
            this.canvas.height = scene.height;
            gl.viewport(0, 0, scene.width, scene.height);
            const vectors = [gl.RGBA16I, gl.RGBA_INTEGER, gl.SHORT];
            const colours = [gl.RGB8, gl.RGB, gl.UNSIGNED_BYTE];
            this.layers.forEach((name, unit) => {
                const [internal, format, type] = scene[name] instanceof Int16Array ? vectors : colours;
                gl.activeTexture(gl.TEXTURE0 + unit);
                gl.deleteTexture(gl.getParameter(gl.TEXTURE_BINDING_2D));
                gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
                gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
                gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
                const [width, height] = scene[name] ? [scene.width, scene.height] : [1, 1];
                const values = scene[name] || new Uint8Array(3);
                gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, format, type, values);
            });
            this.scene = { width: scene.width, height: scene.height, kind: scene.kind };
        }

        /** Nothing is under way here that could come late. */
        close() {}

        dispose() {
            this.gl.getExtension("WEBGL_lose_context")?.loseContext();
        }

        draw({ lighting }) {
            const gl = this.gl;
            const { ambient, lamps } = lighting;
            const { width, height, kind } = this.scene;
            const { program, at } = this.program(lamps.length, kind);
            gl.useProgram(program);
            gl.uniform1i(at.height, height);
            gl.uniform3fv(at.ambient, ambient);
            if (lamps.length) {
                gl.uniform4fv(at.source, lamps.flatMap((lamp) => locate(lamp, width, height)));
                gl.uniform4fv(at.shine, lamps.flatMap((lamp) => [...lamp.color, 1 / Math.max(lamp.softness, 1e-6)]));
            }
            gl.drawArrays(gl.TRIANGLES, 0, 3);
        }
    }

    /** A lamp as the program takes it: to the left and above of the first pixel's middle, height, change a pixel. */
    function locate(lamp, width, height) {
        if (!lamp.point) return [-lamp.x, -lamp.y, lamp.height, 0];
        const unit = Math.min(width, height) / 2;
        return [(0.5 - lamp.x * width) / unit, (0.5 - lamp.y * height) / unit, lamp.height, 1 / unit];
    }

    window.ICLight = Object.assign(window.ICLight || {}, { WebGLDrawer });
})();
