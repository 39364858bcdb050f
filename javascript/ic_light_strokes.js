// Light by strokes in WebGL2: what lib_iclight/painting computes (see ic_light_webgl.js).

(function () {
    "use strict";

    // In which a picture is as it is.
    const UNLIT = { ambient: [1, 1, 1], lamps: [] };

    // painting.lamps.shading, painting.lamps.light and subject.compose, step by step, roundings included. A loop
    // over the lamps would take three times as long where there is no graphics card, and a branch a third longer: each
    // number of lamps and each kind of background has a program; or one of a loop has all numbers.
    const unroll = (lamps) => (build) => Array.from({ length: lamps }, (_, i) => build(i)).join("");
    const loop = (build) => `
            for (int i = 0; i < int(count.x); i++) {${build("i")}
            }`;

    const write = ({ length, each, behind, shadow }) => `${shadow ? window.ICLight.CastShadow.write(shadow.lamps) : ""}
        uniform isampler2D front;
        uniform isampler2D side;
        uniform sampler2D picture;
        uniform sampler2D behind;
        uniform vec3 ambient;
        uniform vec4 source[${Math.max(length, 1)}];
        uniform vec4 shine[${Math.max(length, 1)}];
        uniform vec2 count;

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
            ivec2 at = locate();
            vec4 densityRows = fetchVector(front, at);
            vec4 columnsAlpha = fetchVector(side, at);
            vec3 shading = ambient;
            ${each((i) => `
            shading += light(vec2(at), source[${i}], shine[${i}], densityRows, columnsAlpha.xyz);`)}
            vec3 own = texelFetch(picture, at, 0).rgb * 255.0;
            vec3 relit = floor(min(own * shading, 255.0) + 0.5);
            vec3 below = ${window.ICLight.webgl.writeBehind(behind, "own", shadow)};
            result = vec4(floor(mix(below, relit, columnsAlpha.w) + 0.5) / 255.0, 1.0);
        }`;

    function plan(lighting, { width, height, behind, loops = false }) {
        const { ambient, lamps, shadow = null } = lighting || UNLIT;
        const values = { ambient: [3, ambient], ...shadow?.values };
        if (lamps.length) {
            values.source = [4, lamps.flatMap((lamp) => locate(lamp, width, height))];
            values.shine = [4, lamps.flatMap((lamp) => [...lamp.color, 1 / Math.max(lamp.softness, 1e-6)])];
        }
        if (loops) values.count = [2, [lamps.length, lamps.length]];
        const name = `${loops ? "any" : lamps.length} ${behind}${window.ICLight.webgl.nameShadow(shadow)}`;
        const any = { length: window.ICLight.lamps.MOST, each: loop, behind, shadow };
        const these = { length: lamps.length, each: unroll(lamps.length), behind, shadow };
        return { values, programs: [{ part: "all", name, write: () => write(loops ? any : these) }] };
    }

    /** A lamp as the program takes it: to the left and above of the first pixel's middle, height, change a pixel. */
    function locate(lamp, width, height) {
        if (!lamp.point) return [-lamp.x, -lamp.y, lamp.height, 0];
        const unit = Math.min(width, height) / 2;
        return [(0.5 - lamp.x * width) / unit, (0.5 - lamp.y * height) / unit, lamp.height, 1 / unit];
    }

    const whole = ({ width, height }) => ({ all: [[0, 0, width, height]] });

    const strokes = {
        layers: { front: "vectors", side: "vectors", picture: "encoded", behind: "encoded" },
        whole,
        divide: whole,
        plan,
    };
    window.ICLight = window.ICLight || {};
    window.ICLight.shadings = Object.assign(window.ICLight.shadings || {}, { strokes });
})();
