// Light by form in WebGL2: what lib_iclight/shading computes (see ic_light_webgl.js), in linear light.

(function () {
    "use strict";

    // Of the shoulder: what is brighter is bent towards 1.
    const KNEE = 0.6;
    // How much of the subject is towards the viewer at the least, for the specular light.
    const FACING = 0.02;
    // A lamp in the very place that it lights.
    const NEAR = 1e-6;

    // How far light goes around a form at softness 1; the smoothest surface; what Schlick's share of reflected light
    // begins with at specular 1, and what it ends with at the most, of that.
    const WRAP = 0.3;
    const SMOOTHEST = 0.15;
    const MOST_AHEAD = 0.08;
    const EDGE = 10;
    // The luminance at which a place gets half of its highlight.
    const LUMINANCE = [0.2126, 0.7152, 0.0722];
    const CREVICE = 0.03;

    const glsl = (number) => (Number.isInteger(number) ? `${number}.0` : String(number));

    const COMMON = `
        uniform isampler2D normals;
        uniform sampler2D picture;
        uniform sampler2D behind;`;

    const LIT = `
        // All channels alike, so that the colour stays: m to (m - k^2) / (m + 1 - 2 k), m being the largest, above k.
        vec3 bend(vec3 light) {
            float most = max(max(light.r, max(light.g, light.b)), ${KNEE});
            return light * ((most - ${KNEE * KNEE}) / (most * (most + ${glsl(1 - 2 * KNEE)})));
        }`;

    // gloss: the square of GGX' alpha, 1 less it, and what Schlick's share of reflected light begins with and gains.
    const GLOSS = `
        uniform vec4 gloss;

        float schlick(float ahead) {
            float rest = 1.0 - sqrt(ahead * 0.5), square = rest * rest;
            return gloss.z + gloss.w * square * square * rest;
        }

        // No highlight where no light was photographed.
        float open(vec3 own) {
            float luminance = dot(own, vec3(${LUMINANCE.join(", ")}));
            return luminance / (luminance + ${CREVICE});
        }

        // pi times GGX, Smith's height-correlated visibility and Lambert's cosine. ahead: 1 more than the z of the
        // direction of the light, so that the half vector is not needed.
        float gleam(float cosine, float ahead, float toViewer, float facing, float shadowed) {
            float lit = max(cosine, 0.0), sum = lit + toViewer, twice = ahead + ahead;
            float lobe = twice - gloss.y * sum * sum;
            float unseen = lit * shadowed + facing * sqrt(lit * lit * gloss.y + gloss.x);
            return 0.5 * gloss.x * lit * twice * twice / max(lobe * lobe * unseen, 1e-30);
        }`;

    // Of a point: source has what is at the left and above of pixel (0, 0), the height, and what a pixel further on
    // adds; fall has the square of the reach. Of a side: source has its direction; fall how far the light is at
    // pixel (0, 0), of its reach, and what a pixel to the right and one below add.
    const GEOMETRY = {
        point: (i) => `
                vec4 from = source[${i}], bright = shine[${i}];
                float reach = fall[${i}].x;
                vec2 off = place * from.w + from.xy;
                float flat2 = dot(off, off);
                float near = inversesqrt(max(flat2 + from.z * from.z, ${NEAR * NEAR}));
                float cosine = (dot(off, turned.xy) + from.z * turned.z) * near;
                float ahead = 1.0 + from.z * near;
                float wrap = bright.w * ahead;
                float power = reach / (reach + flat2);`,
        side: (i) => `
                vec4 from = source[${i}], bright = shine[${i}];
                vec3 fallen = fall[${i}].xyz;
                float cosine = dot(from.xyz, turned);
                float ahead = 1.0 + from.z;
                float wrap = bright.w;
                float gone = fallen.x + dot(place, fallen.yz);
                float power = 1.0 / (1.0 + gone * gone);`,
    };

    // shine: the strength of each channel, and how far light goes around a form, of a point for each 1 of `ahead`.
    const lightForm = (kind, i, glossy) => `
            {${GEOMETRY[kind](i)}
                light += bright.rgb * (power * clamp((cosine + wrap) / (1.0 + wrap), 0.0, 1.0));${glossy ? `
                sheen += bright.rgb
                    * (power * schlick(ahead) * gleam(cosine, ahead, turned.z, facing, shadowed));` : ""}
            }`;

    const SHARES = {
        point: (i) => `1.0 - length(place * spread[${i}].z + spread[${i}].xy)`,
        side: (i) => `1.0 - fall[${i}].x - dot(place, fall[${i}].yz)`,
    };

    // As a light map: spread has, of a point, what is at the left and above of pixel (0, 0) and what a pixel further on
    // adds, in reaches; and the steepness.
    const lightPlace = (kind, i) => `
            share = (clamp(${SHARES[kind](i)}, 0.0, 1.0) - 0.5) * spread[${i}].w + 0.5;
            around += shine[${i}].rgb * decode(clamp(share, 0.0, 1.0));`;

    const UNPACK = `
                // Lambert's azimuthal projection, as exact at the rim as in the middle. Turned, as places count
                // downwards and from a lamp.
                float square = dot(packed.xy, packed.xy);
                vec3 turned = vec3(packed.xy * vec2(-1.0, 1.0) * sqrt(2.0 - square), max(1.0 - square, 0.0));`;

    // What lamps that stay make of the picture, kept by ic_light_kept_light.js: texels count from below.
    const KEPT = "uniform sampler2D keptSubject; uniform sampler2D keptPlace;";
    const fetchKept = (name) => `texelFetch(${name}, ivec2(gl_FragCoord.xy), 0).rgb`;

    // Each number of lamps of each kind has a program, and of these the parts of the picture; or one has all numbers.
    const unroll = (kinds) => (build) => kinds.map(build).join("");
    const loop = (build) => `
            for (int i = 0; i < int(count.x); i++) {${build("point", "i")}}
            for (int i = int(count.x); i < int(count.y); i++) {${build("side", "i")}}`;

    /** @param {string} step as `plan` takes it */
    function write({ kinds, behind, glossy, falls, loops, step, shadow }, part) {
        const each = loops ? loop : unroll(kinds);
        const length = loops ? window.ICLight.lamps.MOST : Math.max(kinds.length, 1);
        const uniforms = ["source", "shine", "fall", "spread"].map((name) => `uniform vec4 ${name}[${length}];`);
        if (loops) uniforms.push("uniform vec2 count;");
        const writeSubject = () => `
            vec3 relit;
            {${UNPACK}
                vec3 light = ${step === "add" ? "vec3(0.0)" : "ambient"};${glossy ? `
                vec3 sheen = vec3(0.0);
                float facing = max(turned.z, ${FACING});
                float shadowed = sqrt(facing * facing * gloss.y + gloss.x);` : ""}
                ${each((kind, i) => lightForm(kind, i, glossy))}
                vec3 sum = own * (packed.z * 8.0) * light${glossy ? " + sheen * open(own)" : ""};${step === "keep" ? `
                relit = sum;` : `
                relit = encode(bend(sum${step === "add" ? ` + ${fetchKept("keptSubject")}` : ""}));`}
            }`;
        const writePlace = () => (falls ? `
            float share;
            vec3 around = ${step === "add" ? fetchKept("keptPlace") : "ambient"};${each(lightPlace)}${step === "keep" ? `
            vec3 below = around;` : `
            vec3 below = encode(mix(own, bend(own * around), backdrop));`}` : writeBelow(behind, shadow));
        // All that a buffer has room for is written: else nothing is.
        const writeKept = () => `
            result = vec4(${part === "place" ? "vec3(0.0)" : "relit"}, 1.0);
            resultPlace = vec4(${part === "subject" ? "vec3(0.0)" : "below"}, 1.0);`;
        const writeSeen = () => `
            vec3 seen = ${{ subject: "relit", place: "below", both: "floor(mix(below, relit, packed.w) + 0.5)" }[part]};
            result = vec4(seen / 255.0, 1.0);`;
        return `${COMMON}${LIT}${glossy ? GLOSS : ""}${shadow ? window.ICLight.CastShadow.write(shadow.lamps) : ""}
        uniform vec3 ambient;
        uniform float backdrop;
        ${uniforms.join("\n        ")}
        ${{ keep: "layout(location = 1) out vec4 resultPlace;", add: KEPT }[step] || ""}

        void main() {
            ivec2 at = locate();
            vec2 place = vec2(at);
            vec3 own = texelFetch(picture, at, 0).rgb;${part === "place" ? "" : `
            vec4 packed = fetchVector(normals, at);${writeSubject()}`}${part === "subject" ? "" : writePlace()}${step === "keep" ? writeKept() : writeSeen()}
        }`;
    }

    const writeBelow = (behind, shadow) => `
            vec3 below = ${window.ICLight.webgl.writeBehind(behind, "encode(own)", shadow)};`;

    const writeUnlit = (behind) => `${COMMON}
        void main() {
            ivec2 at = locate();
            vec3 own = texelFetch(picture, at, 0).rgb;${writeBelow(behind)}
            result = vec4(floor(mix(below, encode(own), fetchVector(normals, at).w) + 0.5) / 255.0, 1.0);
        }`;

    /** @param {string} step keep: what these lamps make is kept; add: it is added to what is; empty: neither */
    function plan(lighting, { width, height, behind, loops = false }, step = "") {
        if (!lighting) {
            const program = { name: `unlit ${behind}`, write: () => writeUnlit(behind) };
            return { values: {}, programs: PARTS.map((part) => ({ ...program, part })) };
        }
        const { ambient, backdrop, roughness, specular, shadow = null } = lighting;
        // Points first: fewer programs.
        const lamps = [...lighting.lamps].sort((one, other) => other.point - one.point);
        const kinds = lamps.map((lamp) => (lamp.point ? "point" : "side"));
        const glossy = specular > 0 && (loops || lamps.length > 0);
        const falls = behind === "own" && backdrop > 0;
        const values = { ambient: [3, ambient], backdrop: [1, [backdrop]], ...shadow?.values };
        if (glossy) values.gloss = [4, describeGloss(roughness, specular)];
        if (loops) values.count = [2, [kinds.filter((kind) => kind === "point").length, kinds.length]];
        if (lamps.length) {
            const placed = lamps.map((lamp) => PLACE[lamp.point ? "point" : "side"](lamp, width, height));
            const join = (key) => [4, placed.flatMap((lamp) => lamp[key])];
            Object.assign(values, { source: join("source"), fall: join("fall") });
            values.shine = [4, lamps.flatMap(({ color }, i) => [...color, placed[i].wrap])];
            if (falls) values.spread = join("spread");
        }
        const variant = { kinds, behind, glossy, falls, loops, step, shadow };
        const numbers = loops ? "any" : kinds.join(" ");
        const name = `${step} ${numbers} ${behind}${glossy ? " glossy" : ""}${falls ? " falls" : ""}${window.ICLight.webgl.nameShadow(shadow)}`;
        const programs = PARTS.map((part) => ({ part, name: `${name} ${part}`, write: () => write(variant, part) }));
        return { values, programs };
    }

    function describeGloss(roughness, specular) {
        const square = Math.max(roughness, SMOOTHEST) ** 4;
        const ahead = MOST_AHEAD * specular;
        return [square, 1 - square, ahead, Math.min(1, EDGE * ahead) - ahead];
    }

    const steepen = (softness) => 1 / Math.max(softness, 1e-6);

    // Lamps as the program takes them.
    const PLACE = {
        point({ x, y, height: far, reach, size, softness }, width, height) {
            const unit = Math.min(width, height) / 2;
            const extent = size * Math.max(Math.hypot(width - 1, height - 1), 1);
            return {
                source: [(0.5 - x * width) / unit, (0.5 - y * height) / unit, far, 1 / unit],
                fall: [reach * reach, 0, 0, 0],
                wrap: (WRAP / 2) * softness,
                spread: [(-x * (width - 1)) / extent, (-y * (height - 1)) / extent, 1 / extent, steepen(softness)],
            };
        },
        side({ x, y, height: far, reach, softness, front }, width, height) {
            const length = Math.hypot(x, y, far);
            return {
                source: [-x / length, -y / length, far / length, 0],
                fall: front ? [0, 0, 0, 0] : [...measureFall(x, y, width, height).map((part) => part / reach), 0],
                // A lamp behind the picture does not reach round to its front.
                wrap: (WRAP / 2) * softness * (1 + far / length),
                spread: [0, 0, 0, steepen(softness)],
            };
        },
    };

    /** The direction of a lamp from a pixel, to the right, up and out, of length 1, and what is left of its light there. */
    function reach(lamp, [column, row], width, height) {
        const { source, fall } = PLACE[lamp.point ? "point" : "side"](lamp, width, height);
        if (!lamp.point) {
            const gone = fall[0] + column * fall[1] + row * fall[2];
            return { towards: [-source[0], source[1], source[2]], power: 1 / (1 + gone * gone) };
        }
        const [left, above, out, step] = source;
        const [right, up] = [-(column * step + left), row * step + above];
        const length = Math.max(Math.hypot(right, up, out), NEAR);
        const towards = [right, up, out].map((part) => part / length);
        return { towards, power: fall[0] / (fall[0] + right * right + up * up) };
    }

    /** How far light from a side is gone, 0 at the edge where it comes from and 1 at the opposite one: at pixel (0, 0),
     * and what a pixel to the right and one below add. As light.maps has it. */
    function measureFall(x, y, width, height) {
        const [across, down] = [x * Math.max(width - 1, 1), y * Math.max(height - 1, 1)];
        const parts = Math.abs(across) + Math.abs(down);
        const start = (Math.max(across, 0) + Math.max(down, 0)) / parts;
        return [start, -across / parts / Math.max(width - 1, 1), -down / parts / Math.max(height - 1, 1)];
    }

    const PARTS = ["subject", "place", "both"];
    const TILE = 16;

    /** The picture in rectangles, by what is seen in them: the subject, what is behind it, or something of both. Where
     * there is no graphics card, both sides of a branch are gone through everywhere. */
    function divide({ width, height }, { normals }) {
        const parts = Object.fromEntries(PARTS.map((part) => [part, []]));
        for (let top = 0; top < height; top += TILE) {
            const bottom = Math.min(top + TILE, height);
            let last = null;
            for (let left = 0; left < width; left += TILE) {
                const right = Math.min(left + TILE, width);
                const part = tell(normals, width, left, top, right, bottom);
                if (last && last.part === part) {
                    last.rectangle[2] = right;
                } else {
                    last = { part, rectangle: [left, top, right, bottom] };
                    parts[part].push(last.rectangle);
                }
            }
        }
        return parts;
    }

    function tell(normals, width, left, top, right, bottom) {
        let [least, most] = [window.ICLight.webgl.STEPS, 0];
        for (let j = top; j < bottom; j++) {
            for (let i = left; i < right; i++) {
                const alpha = normals[(j * width + i) * 4 + 3];
                least = Math.min(least, alpha);
                most = Math.max(most, alpha);
            }
        }
        if (most === 0) return "place";
        return least === window.ICLight.webgl.STEPS ? "subject" : "both";
    }

    const form = {
        layers: { normals: "vectors", picture: "linear", behind: "encoded" },
        whole: ({ width, height }) => ({ both: [[0, 0, width, height]] }),
        addsUp: true,
        divide,
        plan,
        reach,
    };
    window.ICLight = window.ICLight || {};
    window.ICLight.shadings = Object.assign(window.ICLight.shadings || {}, { form });
})();
