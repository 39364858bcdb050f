// Draws a mix of a light stage: the weighted sum of its pictures in linear light, through a tone curve, as sRGB.
//
// new ICLight.StageCanvas(canvas): load(basis) takes {width, height, count, pixels}, draw(weights, curve) shows a mix. By
// WebGL2, or number by number where a browser has none.

(function () {
    "use strict";

    const MOST = 16;
    // Of linear light, as fine as lib_iclight/light/tone.py has it.
    const STEPS = 65535;

    const VERTEX = `#version 300 es
        void main() {
            vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
            gl_Position = vec4(corner * 4.0 - 1.0, 0.0, 1.0);
        }`;

    // Narkowicz 2015, ACES Filmic Tone Mapping Curve, as lib_iclight/stage/mixing.py has it.
    const FRAGMENT = `#version 300 es
        precision highp float;
        precision highp sampler2DArray;
        uniform sampler2DArray pictures;
        uniform vec3 weights[${MOST}];
        uniform int count;
        uniform bool filmic;
        uniform float height;
        out vec4 result;
        void main() {
            ivec2 at = ivec2(int(gl_FragCoord.x), int(height) - 1 - int(gl_FragCoord.y));
            vec3 light = vec3(0.0);
            for (int i = 0; i < count; i++) light += texelFetch(pictures, ivec3(at, i), 0).rgb * weights[i];
            if (filmic) light = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14);
            light = clamp(light, 0.0, 1.0);
            vec3 dark = light * 12.92;
            vec3 bright = 1.055 * pow(light, vec3(1.0 / 2.4)) - 0.055;
            result = vec4(mix(bright, dark, vec3(lessThanEqual(light, vec3(0.0031308)))), 1.0);
        }`;

    function build(gl) {
        const program = gl.createProgram();
        for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
            const shader = gl.createShader(kind);
            gl.shaderSource(shader, text);
            gl.compileShader(shader);
            gl.attachShader(program, shader);
        }
        gl.linkProgram(program);
        if (gl.getProgramParameter(program, gl.LINK_STATUS)) return program;
        throw new Error(`IC-Light: this browser's WebGL2 does not take the mixer: ${gl.getProgramInfoLog(program)}`);
    }

    class StageCanvas {
        constructor(canvas) {
            this.canvas = canvas;
            this.gl = canvas.getContext("webgl2", { alpha: false, antialias: false, preserveDrawingBuffer: true });
            this.basis = this.program = this.texture = this.levels = this.coded = null;
            if (!this.gl) return;
            this.program = build(this.gl);
            canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
            canvas.addEventListener("webglcontextrestored", () => {
                this.program = build(this.gl);
                this.load(this.basis);
                canvas.dispatchEvent(new Event("restored"));
            });
        }

        load(basis) {
            this.basis = basis;
            const { width, height, count, pixels } = basis;
            Object.assign(this.canvas, { width, height });
            const { gl } = this;
            if (!gl) {
                const { encode } = window.ICLight.colours;
                this.coded = Uint8Array.from({ length: STEPS + 1 }, (_, step) => Math.round(255 * encode(step / STEPS)));
                this.levels = Float32Array.from({ length: 256 }, (_, level) => window.ICLight.colours.decode(level / 255));
                return;
            }
            gl.deleteTexture(this.texture);
            this.texture = gl.createTexture();
            gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.texture);
            gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
            gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
            gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
            // The graphics decode sRGB as they read it.
            gl.texImage3D(gl.TEXTURE_2D_ARRAY, 0, gl.SRGB8, width, height, count, 0, gl.RGB, gl.UNSIGNED_BYTE, pixels);
        }

        draw(weights, curve) {
            if (!this.gl) return this.drawByNumbers(weights, curve);
            const { gl, program, basis } = this;
            gl.viewport(0, 0, basis.width, basis.height);
            gl.useProgram(program);
            const at = (name) => gl.getUniformLocation(program, name);
            gl.uniform3fv(at("weights"), weights.flat());
            gl.uniform1i(at("count"), basis.count);
            gl.uniform1i(at("filmic"), curve === "filmic");
            gl.uniform1f(at("height"), basis.height);
            gl.drawArrays(gl.TRIANGLES, 0, 3);
        }

        drawByNumbers(weights, curve) {
            const { width, height, count, pixels } = this.basis;
            const context = this.canvas.getContext("2d");
            const image = context.createImageData(width, height);
            const size = width * height * 3;
            for (let at = 0, to = 0; at < size; at += 3, to += 4) {
                for (let channel = 0; channel < 3; channel++) {
                    let light = 0;
                    for (let i = 0; i < count; i++) light += this.levels[pixels[i * size + at + channel]] * weights[i][channel];
                    if (curve === "filmic") light = (light * (2.51 * light + 0.03)) / (light * (2.43 * light + 0.59) + 0.14);
                    image.data[to + channel] = this.coded[Math.round(Math.min(Math.max(light, 0), 1) * STEPS)];
                }
                image.data[to + 3] = 255;
            }
            context.putImageData(image, 0, 0);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { StageCanvas });
})();
