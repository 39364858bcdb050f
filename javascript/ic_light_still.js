// The light of lamps that stand still while one alone moves, kept as textures of floats: without a graphics card that
// saves most of a picture's time.
//
// new ICLight.StillLight(gl, names, unit, {width, height}) has a texture of each name, from that unit of the graphics
// on; begin(name) draws into one, end() onto the canvas again. ICLight.StillLight.isPossible(gl) says whether this
// browser can.
// new ICLight.Movement().split(lighting) tells apart what stands still and what moves.

(function () {
    "use strict";

    class StillLight {
        static isPossible(gl) {
            return gl.getExtension("EXT_color_buffer_float") !== null;
        }

        constructor(gl, names, unit, { width, height }) {
            this.gl = gl;
            // Of which lighting it is.
            this.name = "";
            this.kept = new Map(
                names.map((name, i) => {
                    const texture = gl.createTexture();
                    gl.activeTexture(gl.TEXTURE0 + unit + i);
                    gl.bindTexture(gl.TEXTURE_2D, texture);
                    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
                    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
                    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32F, width, height);
                    const buffer = gl.createFramebuffer();
                    gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
                    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
                    return [name, { texture, buffer }];
                }),
            );
            this.end();
        }

        begin(name) {
            this.gl.bindFramebuffer(this.gl.FRAMEBUFFER, this.kept.get(name).buffer);
        }

        end() {
            this.gl.bindFramebuffer(this.gl.FRAMEBUFFER, null);
        }

        dispose() {
            for (const { texture, buffer } of this.kept.values()) {
                this.gl.deleteFramebuffer(buffer);
                this.gl.deleteTexture(texture);
            }
        }
    }

    class Movement {
        constructor() {
            this.last = [];
            this.name = "";
        }

        /** The lighting without the lamp that moves, its name, and the lighting of that lamp alone; null where not one
         * lamp alone, among others, has changed twice. */
        split(lighting) {
            const before = this.last;
            const lamps = lighting ? lighting.lamps.map((lamp) => JSON.stringify(lamp)) : [];
            this.last = lamps;
            if (lamps.length < 2 || lamps.length !== before.length) return null;
            const [moved, others] = [false, true].map((isSame) => {
                return lighting.lamps.filter((_, i) => (lamps[i] === before[i]) === isSame);
            });
            if (moved.length !== 1) return null;
            const still = { ...lighting, lamps: others };
            const name = JSON.stringify(still);
            const isAgain = name === this.name;
            this.name = name;
            return isAgain ? { name, still, moved: { ...lighting, lamps: moved } } : null;
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { StillLight, Movement });
})();
