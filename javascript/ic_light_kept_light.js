// The light of the lamps that stay while one of them is dragged: kept in textures of floats, so that a picture needs no
// more than the light of the one that moves.
//
// new ICLight.KeptLight(gl) has findMoved(lighting), which says {alone, others} where one lamp is another than the last
// time; use(others, scene, unit, draw), which has the light of the others drawn where it is not kept; and forget(), for
// another picture. A shading reads what is kept as the samplers of KeptLight.LAYERS.

(function () {
    "use strict";

    const LAYERS = ["keptSubject", "keptPlace"];

    class KeptLight {
        constructor(gl) {
            this.gl = gl;
            // Without it floats cannot be drawn.
            this.isPossible = Boolean(gl.getExtension("EXT_color_buffer_float"));
            this.textures = [];
            this.buffer = null;
            this.forget();
        }

        forget() {
            this.last = null;
            this.moved = -1;
            this.name = null;
            this.isSized = false;
        }

        /** The lamp that is another than the last time, if it is one of several, and the others. */
        findMoved(lighting) {
            const lamps = lighting && this.isPossible ? lighting.lamps.map((lamp) => JSON.stringify(lamp)) : [];
            // A shadow is drawn anew with every picture.
            const rest = JSON.stringify({ ...lighting, lamps: lamps.length, shadow: null });
            const { last } = this;
            this.last = { lamps, rest };
            if (!last || last.rest !== rest || lamps.length < 2) {
                this.moved = -1;
                return null;
            }
            const others = lamps.flatMap((lamp, i) => (lamp === last.lamps[i] ? [] : [i]));
            if (others.length > 1) this.moved = -1;
            if (others.length === 1) [this.moved] = others;
            if (this.moved < 0) return null;
            return {
                alone: { ...lighting, lamps: [lighting.lamps[this.moved]] },
                others: { ...lighting, shadow: null, lamps: lighting.lamps.filter((_, i) => i !== this.moved) },
            };
        }

        /** @param {number} unit the first of the texture units that are free */
        use(others, scene, unit, draw) {
            const { gl } = this;
            const name = JSON.stringify(others);
            if (name === this.name) return;
            if (!this.isSized) this.resize(scene, unit);
            this.name = name;
            gl.bindFramebuffer(gl.FRAMEBUFFER, this.buffer);
            draw();
            gl.bindFramebuffer(gl.FRAMEBUFFER, null);
        }

        resize({ width, height }, unit) {
            const { gl } = this;
            this.isSized = true;
            for (const texture of this.textures) gl.deleteTexture(texture);
            this.buffer ||= gl.createFramebuffer();
            gl.bindFramebuffer(gl.FRAMEBUFFER, this.buffer);
            this.textures = LAYERS.map((_, i) => {
                const texture = window.ICLight.webgl.createTexture(gl, unit + i);
                gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, width, height);
                gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + i, gl.TEXTURE_2D, texture, 0);
                return texture;
            });
            gl.drawBuffers(LAYERS.map((_, i) => gl.COLOR_ATTACHMENT0 + i));
        }
    }

    KeptLight.LAYERS = LAYERS;
    window.ICLight = Object.assign(window.ICLight || {}, { KeptLight });
})();
