// What lamps are in words, for a prompt: "bright amber light from the upper left, dim blue rim light from the right".
// Pure functions.

(function () {
    "use strict";

    // Anticlockwise from the right, each an eighth of a turn.
    const DIRECTIONS = [
        { en: "the right", zh: "右侧" },
        { en: "the upper right", zh: "右上方" },
        { en: "above", zh: "上方" },
        { en: "the upper left", zh: "左上方" },
        { en: "the left", zh: "左侧" },
        { en: "the lower left", zh: "左下方" },
        { en: "below", zh: "下方" },
        { en: "the lower right", zh: "右下方" },
    ];

    // By how steeply light falls, from this many degrees over the picture's plane on; below 0 it comes from behind.
    const HEIGHTS = [
        { from: 60, en: "frontal light", zh: "正面光" },
        { from: 15, en: "light", zh: "光" },
        { from: -15, en: "raking light", zh: "掠射光" },
        { from: -60, en: "rim light", zh: "轮廓光" },
        { from: -90, en: "backlight", zh: "逆光" },
    ];

    // By what a lamp gives in linear light, from this share of a white one's on.
    const STRENGTHS = [
        { from: 1.25, en: "intense", zh: "强烈的" },
        { from: 0.4, en: "bright", zh: "明亮的" },
        { from: 0, en: "dim", zh: "微弱的" },
    ];

    // Of a hue in degrees up to this; pale where less than PALE of the colour is not white.
    const HUES = [
        { to: 15, en: "red", zh: "红色" },
        { to: 31, en: "orange", zh: "橙色" },
        { to: 48, en: "amber", zh: "琥珀色" },
        { to: 70, en: "yellow", zh: "黄色" },
        { to: 165, en: "green", zh: "绿色" },
        { to: 192, en: "cyan", zh: "青色" },
        { to: 255, en: "blue", zh: "蓝色" },
        { to: 285, en: "violet", zh: "紫罗兰色" },
        { to: 320, en: "magenta", zh: "洋红色" },
        { to: 345, en: "pink", zh: "粉色" },
        { to: 360, en: "red", zh: "红色" },
    ];
    const WHITES = [
        { to: 70, en: "warm white", zh: "暖白色" },
        { to: 165, en: "greenish white", zh: "微绿的白色" },
        { to: 270, en: "cool white", zh: "冷白色" },
        { to: 345, en: "pinkish white", zh: "微粉的白色" },
        { to: 360, en: "warm white", zh: "暖白色" },
    ];
    const WHITE = { en: "white", zh: "白色" };
    const NEUTRAL = 0.04;
    const PALE = 0.35;

    const LANGUAGES = {
        en: {
            between: ", ",
            describe: ({ strength, colour, height, direction }) =>
                `${strength.en} ${colour.en} ${height.en}${direction ? ` from ${direction.en}` : ""}`,
            describeAmbient: ({ strength, colour }) => `${strength.en} ${colour.en} ambient light`,
        },
        zh: {
            between: "，",
            describe: ({ strength, colour, height, direction }) =>
                `${direction ? `来自${direction.zh}的` : ""}${strength.zh}${colour.zh}${height.zh}`,
            describeAmbient: ({ strength, colour }) => `${strength.zh}${colour.zh}环境光`,
        },
    };

    // How far from the middle, in halves of the short side, light has a direction; and what ambient light is seen.
    const MIDDLE = 0.1;
    const FAINTEST = 0.02;

    const toDegrees = (up, right) => (Math.atan2(up, right) * 180) / Math.PI;

    /** The way from the middle of the picture to a lamp: to the right, up and to the viewer. */
    function findWay(lamp, proportion) {
        const surface = { shading: "form" };
        const [{ point, x, y, height }] = window.ICLight.computeLighting([{ ...lamp, on: true }], "#000000", surface).lamps;
        if (!point) return [x, -y, height];
        const [width, tall] = [Math.max(proportion, 1), Math.max(1 / proportion, 1)];
        return [(2 * x - 1) * width, (1 - 2 * y) * tall, height];
    }

    /** The name of a colour: an entry of the tables above. */
    function nameColour(colour) {
        const [red, green, blue] = window.ICLight.lamps.parseLevels(colour);
        const most = Math.max(red, green, blue);
        const span = most - Math.min(red, green, blue);
        if (span <= NEUTRAL * most) return WHITE;
        const turn = most === red ? (green - blue) / span : most === green ? 2 + (blue - red) / span : 4 + (red - green) / span;
        const hue = (60 * turn + 360) % 360;
        return (span < PALE * most ? WHITES : HUES).find(({ to }) => hue <= to);
    }

    const measureLight = (colour) =>
        Math.max(...window.ICLight.lamps.parseLevels(colour).map(window.ICLight.colours.decode));

    const nameStrength = (power) => STRENGTHS.find(({ from }) => power >= from);

    /** What there is to say of a lamp: entries of the tables above; no direction where it stands in the middle. */
    function nameLamp(lamp, proportion = 1) {
        const [right, up, out] = findWay(lamp, proportion);
        const beside = Math.hypot(right, up);
        const steep = toDegrees(out, beside);
        const eighth = Math.round((toDegrees(up, right) + 360) / 45) % 8;
        return {
            direction: beside < MIDDLE ? null : DIRECTIONS[eighth],
            height: HEIGHTS.find(({ from }) => steep >= from),
            strength: nameStrength(lamp.intensity * measureLight(lamp.color)),
            colour: nameColour(lamp.color),
        };
    }

    /**
     * Lamps and ambient light as words; each lamp once, those that give no light not at all.
     *
     * @param {string} language en or zh
     * @param {number} proportion the picture's width by its height
     */
    function describeLamps(lamps, ambient, language = "en", proportion = 1) {
        const { between, describe, describeAmbient } = LANGUAGES[language];
        const shining = lamps.filter((lamp) => lamp.on && lamp.intensity * measureLight(lamp.color) > 0);
        const said = shining.map((lamp) => describe(nameLamp(lamp, proportion)));
        const everywhere = measureLight(ambient);
        if (everywhere > FAINTEST) {
            said.push(describeAmbient({ strength: nameStrength(everywhere), colour: nameColour(ambient) }));
        }
        return [...new Set(said)].join(between);
    }

    const words = { describeLamps, nameLamp, nameColour };
    window.ICLight = Object.assign(window.ICLight || {}, { words });
})();
