// The shadow that lamps cast on what is behind a subject, in WebGL2: what lib_iclight/shading/cast_shadow.py computes.
//
// What no lamp changes comes from the server (lib_iclight/web/live_shadow.py): the soft matte and how near the ground is.
// A lamp shears and squashes that matte, which takes a picture no more than a look into it.
//
// new ICLight.CastShadow(gl, {onChange, onError}) has open(base, key), for another picture, of which nothing is asked
// before a shadow is wanted; and plan(lighting, scene, unit), which says what the programs of a shading need for the
// shadow of a lighting, or null where none is to be seen.

(function () {
    "use strict";

    // How high a way into the picture looks beside one across it; the longest and the flattest shadow, in heights of the
    // subject; and how dark the place is where the subject stands.
    const GROUND = 0.4;
    const LONGEST = 1.3;
    const FLATTEST = 0.1;
    const CONTACT = 0.8;

    const LAYERS = ["softMatte", "contact"];

    /** GLSL: what is left of the light behind the subject, in the shadow of some lamps.
     * thrown: how far the matte is sheared and squashed, from the shadow to it, and the lamp's share of the light.
     * ground: how much wider the soft matte is on every side, the row at which the subject stands, and that matte's size. */
    const write = (lamps) => `
        uniform sampler2D softMatte;
        uniform sampler2D contact;
        uniform vec4 thrown[${Math.max(lamps, 1)}];
        uniform vec4 ground;
        uniform vec3 taken;

        vec3 leaveLight(ivec2 at) {
            float left = 1.0 - ${CONTACT} * texelFetch(contact, at, 0).r;
            float down = float(at.y) - ground.y;
            vec2 foot = vec2(float(at.x), ground.y) + ground.x + 0.5;${Array.from({ length: lamps }, (_, i) => `
            left *= 1.0 - thrown[${i}].z * texture(softMatte, (foot + thrown[${i}].xy * down) / ground.zw).r;`).join("")}
            return 1.0 - clamp(1.0 - left, 0.0, 1.0) * taken;
        }`;

    class CastShadow {
        /**
         * @param {function()} onChange told where a picture that was drawn before has another shadow now
         * @param {function(Error)} onError told where the server gives none
         */
        constructor(gl, { onChange = () => {}, onError = () => {} } = {}) {
            Object.assign(this, { gl, onChange, onError });
            this.textures = [];
            // Half floats can be looked into between pixels everywhere; without a graphics card they take thrice as long.
            this.internal = gl.getExtension("OES_texture_float_linear") ? gl.R32F : gl.R16F;
            this.open(null, null);
        }

        open(base, key) {
            this.address = base === null ? null : `${base}shadow/${key}`;
            // What is kept, and the softness that was asked for last.
            this.standing = this.wanted = null;
        }

        /**
         * @param {number} unit the first of the texture units that are free
         * @returns {?{lamps: number, values: Object}} how many lamps `write` takes, and the values of its uniforms
         */
        plan({ shadow }, scene, unit) {
            if (!shadow || !this.address || scene.behind !== "picture") return null;
            if (shadow.softness !== this.wanted) this.ask(shadow.softness, scene, unit).catch(this.onError);
            if (!this.standing || !this.standing.width) return null;
            const { width, height, pad, foot } = this.standing;
            const thrown = throwLamps(shadow.lamps, this.standing.middle, scene);
            const values = {
                ground: [4, [pad, foot - 0.5, width, height]],
                taken: [3, shadow.color.map((level) => shadow.strength * (1 - level))],
            };
            if (thrown.length) values.thrown = [4, thrown.flat()];
            return { lamps: thrown.length, values };
        }

        /** Until it comes, the shadow is as soft as it was. */
        async ask(softness, scene, unit) {
            const { address } = this;
            this.wanted = softness;
            const answer = await window.ICLight.fetchAnswer(`${address}?shadow_softness=${softness}`);
            const buffer = await answer.arrayBuffer();
            if (address !== this.address || softness !== this.wanted) return;
            this.load(buffer, scene, unit);
            this.onChange();
        }

        load(buffer, scene, unit) {
            const { gl } = this;
            const { readHead, createTexture, STEPS } = window.ICLight.webgl;
            const { head, end } = readHead(buffer);
            this.standing = head;
            for (const texture of this.textures) gl.deleteTexture(texture);
            this.textures = [];
            if (!head.width) return;
            let at = end;
            this.textures = [head, scene].map(({ width, height }, i) => {
                const values = Float32Array.from(new Int16Array(buffer, at, width * height), (value) => value / STEPS);
                at += 2 * values.length;
                const texture = createTexture(gl, unit + i);
                gl.texImage2D(gl.TEXTURE_2D, 0, this.internal, width, height, 0, gl.RED, gl.FLOAT, values);
                // The matte is looked into between pixels, and beyond its edge.
                for (const filter of ["MIN_FILTER", "MAG_FILTER"]) set(gl, filter, "LINEAR");
                for (const side of ["WRAP_S", "WRAP_T"]) set(gl, side, "CLAMP_TO_EDGE");
                return texture;
            });
        }
    }

    const set = (gl, name, value) => gl.texParameteri(gl.TEXTURE_2D, gl[`TEXTURE_${name}`], gl[value]);

    /** Of each lamp that shines on the subject: as `thrown` of the program. */
    function throwLamps(lamps, [row, column], { width, height }) {
        const { findLuminance } = window.ICLight.colours;
        const placed = lamps.map((lamp) => {
            const { towards, power } = window.ICLight.shadings.form.reach(lamp, [column, row], width, height);
            return { thrown: throwShadow(towards), light: findLuminance(lamp.color) * power };
        });
        const total = placed.reduce((sum, { light }) => sum + light, 0);
        const shining = placed.filter(({ light }) => light > 0);
        return shining.map(({ thrown: [across, rise], light }) => [across / rise, 1 / rise, light / total, 0]);
    }

    /** The shadow of what is 1 above the ground, in the picture: how far to the right, and how far up. */
    function throwShadow([right, up, out]) {
        const length = Math.hypot(right, out);
        const factor = Math.min(1 / Math.max(up, 1e-6), LONGEST / Math.max(length, 1e-6));
        const rise = GROUND * out * factor;
        return [-right * factor, Math.abs(rise) < FLATTEST ? (rise < 0 ? -FLATTEST : FLATTEST) : rise];
    }

    Object.assign(CastShadow, { LAYERS, write });
    window.ICLight = Object.assign(window.ICLight || {}, { CastShadow });
})();
