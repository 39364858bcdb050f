// What light without a model makes of lamps, in plain values for a renderer: as lib_iclight/web/live.py describes it.

(function () {
    "use strict";

    // How far the light of a point lamp of size 1 goes, in halves of the short side.
    const FAR = 2;

    /** @param {function(number)} stand how far a lamp of some depth stands in front of the picture */
    function locate(lamp, stand) {
        const far = stand(lamp.depth);
        if (lamp.kind === "point") return { point: true, x: lamp.x, y: lamp.y, height: FAR * lamp.size * far };
        const angle = (lamp.angle * Math.PI) / 180;
        return { point: false, x: Math.cos(angle), y: -Math.sin(angle), height: far };
    }

    // By shading: the ambient light of black, the strength of a lamp of intensity 1, where it stands, what levels of a
    // colour are reckoned as, and what else there is to know.
    const SHADINGS = {
        strokes: {
            ambient: 0.45,
            power: 0.85,
            stand: (depth) => depth,
            read: (level) => level,
            describeLamp: () => ({}),
            describeSurface: () => ({}),
        },
        form: {
            ambient: 0.08,
            power: 2.4,
            stand: (depth) => depth * (depth > 0 ? 0.45 : 1.2),
            read: (level) => window.ICLight.colours.decode(level),
            describeLamp: ({ kind, size }) => ({ reach: kind === "point" ? FAR * size : size, size, front: false }),
            describeSurface: ({ roughness, specular, backdrop_light: backdrop }) => ({ roughness, specular, backdrop }),
        },
    };

    const read = (shading, colour, scale) => {
        return window.ICLight.lamps.parseLevels(colour).map((level) => shading.read(level) * scale);
    };

    const describeLamps = (shading, lamps) => lamps.filter(({ on }) => on).map((lamp) => ({
        ...locate(lamp, shading.stand),
        ...shading.describeLamp(lamp),
        color: read(shading, lamp.color, shading.power * lamp.intensity),
        softness: lamp.softness,
    }));

    /** @param {Object} surface the options shading, roughness, specular, backdrop_light, and shadow and its own */
    function computeLighting(lamps, ambient, surface) {
        const shading = SHADINGS[surface.shading];
        return {
            shading: surface.shading,
            ...shading.describeSurface(surface),
            ambient: read(shading, ambient, 1 - shading.ambient).map((level) => shading.ambient + level),
            lamps: describeLamps(shading, lamps),
            shadow: surface.shadow > 0 ? describeShadow(lamps, surface) : null,
        };
    }

    /** Cast alike however the subject is shaded. */
    function describeShadow(lamps, { shadow: strength, shadow_softness: softness, shadow_color: color }) {
        return { strength, softness, color: read(SHADINGS.form, color, 1), lamps: describeLamps(SHADINGS.form, lamps) };
    }

    /** The light of lamps for the renderer: as this browser draws it, and as the server, which refuses no lamps. */
    function describeLight(lamps, ambient, surface) {
        const light = lamps.some(({ on }) => on)
            ? { light: "lamps", lamps: window.ICLight.lamps.write(lamps) }
            : { light: "ambient", light_intensity: 0 };
        const lighting = computeLighting(lamps, ambient, surface);
        return { lighting, options: { ...light, ambient_color: ambient, ...surface } };
    }

    // The picture as it is; to strokes, all ambient light and no other.
    const UNLIT = {
        lighting: null,
        options: { light: "ambient", light_intensity: 0, ambient_color: "#ffffff", shading: "strokes" },
    };

    window.ICLight = Object.assign(window.ICLight || {}, { computeLighting, describeLight, UNLIT });
})();
