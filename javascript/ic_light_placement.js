// Where a subject lies on a canvas, exactly as lib_iclight/subject/fit.py lays it: {x, y, scale, rotation}, its middle at
// x and y of the canvas, `scale` times as large as covers it, turned counterclockwise by degrees.
//
// A cutout is {image, width, height, levels, box, outline}: a canvas, the levels of its matte, the box of what is subject
// [left, top, right, bottom] and, row by row, the ends of what is. A canvas is [width, height], places are its pixels.

(function () {
    "use strict";

    // What counts as subject, of 255.
    const SEEN = 128;

    const BOUNDS = { x: [0, 1], y: [0, 1], scale: [0.05, 8], rotation: [-180, 180] };
    const STEPS = { x: 1000, y: 1000, scale: 1000, rotation: 1 };
    const COVER = { x: 0.5, y: 0.5, scale: 1, rotation: 0 };

    // How near the foot may be to the horizon for its distance to say anything, in pixels.
    const LEAST_DISTANCE = 1;

    function createCutout(scene) {
        const { readMatte, cutOut, elements } = window.ICLight;
        const { width, height } = scene.head;
        const levels = readMatte(scene);
        const image = elements.create("canvas", { width, height });
        image.getContext("2d").putImageData(cutOut(scene, levels), 0, 0);
        return { image, width, height, levels, ...trace(levels, width, height) };
    }

    function trace(levels, width, height) {
        const outline = [];
        for (let row = 0; row < height; row++) {
            const line = levels.subarray(row * width, (row + 1) * width);
            const left = line.findIndex((level) => level >= SEEN);
            if (left < 0) continue;
            let right = width;
            while (line[right - 1] < SEEN) right--;
            for (const x of [left, right]) outline.push([x, row], [x, row + 1]);
        }
        // What is faint everywhere is all of its picture.
        if (!outline.length) outline.push([0, 0], [width, 0], [0, height], [width, height]);
        const [across, down] = [0, 1].map((axis) => outline.map((point) => point[axis]));
        return { outline, box: [least(across), least(down), most(across), most(down)] };
    }

    const least = (values) => values.reduce((one, other) => Math.min(one, other));
    const most = (values) => values.reduce((one, other) => Math.max(one, other));

    const limit = (place) =>
        Object.fromEntries(Object.entries(BOUNDS).map(([key, ends]) => [key, window.ICLight.lamps.clamp(place[key], ...ends)]));
    const round = (place) =>
        Object.fromEntries(Object.entries(limit(place)).map(([key, value]) => [key, Math.round(value * STEPS[key]) / STEPS[key]]));
    const isSame = (one, other) => Object.keys(BOUNDS).every((key) => one[key] === other[key]);

    /** Degrees within -180..180. */
    const wrap = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;

    const sides = (cutout, [width, height]) => [width / cutout.width, height / cutout.height];

    /** The place with the values that let all of the picture be seen. */
    function contain(cutout, canvas) {
        const scales = sides(cutout, canvas);
        return { ...COVER, scale: Math.min(...scales) / Math.max(...scales) };
    }

    /** From the picture's pixels to the canvas': [a, b, c, d, e, f] as a canvas' context takes it. */
    function matrix(cutout, place, canvas) {
        const factor = Math.max(...sides(cutout, canvas)) * place.scale;
        const turn = (place.rotation * Math.PI) / 180;
        const [right, up] = [Math.cos(turn) * factor, Math.sin(turn) * factor];
        const [x, y] = [cutout.width / 2, cutout.height / 2];
        const middle = [place.x * canvas[0], place.y * canvas[1]];
        return [right, -up, up, right, middle[0] - right * x - up * y, middle[1] + up * x - right * y];
    }

    const apply = ([a, b, c, d, e, f], [x, y]) => [a * x + c * y + e, b * x + d * y + f];

    /** Whether a place of the canvas shows the subject. */
    function hits(cutout, place, canvas, [x, y]) {
        const [a, b, c, d, e, f] = matrix(cutout, place, canvas);
        const size = a * d - b * c;
        const column = Math.floor((d * (x - e) - c * (y - f)) / size);
        const row = Math.floor((a * (y - f) - b * (x - e)) / size);
        if (column < 0 || row < 0 || column >= cutout.width || row >= cutout.height) return false;
        return cutout.levels[row * cutout.width + column] >= SEEN / 4;
    }

    /** How far down the lowest point of the subject is. */
    function findFoot(cutout, place, canvas) {
        const by = matrix(cutout, place, canvas);
        return most(cutout.outline.map((point) => apply(by, point)[1]));
    }

    /**
     * The place after its subject is moved by pixels. Before a horizon, how far down that is, what moves up or down is
     * scaled by the distance of its foot from it; that of its middle goes with it, so that it stands where it is moved to.
     */
    function move(cutout, place, canvas, [right, down], horizon = null) {
        const [width, height] = canvas;
        const moved = limit({ ...place, x: place.x + right / width, y: place.y + down / height });
        if (horizon === null) return moved;
        const foot = findFoot(cutout, place, canvas) - horizon;
        if (Math.abs(foot) < LEAST_DISTANCE) return moved;
        const away = place.y * height - horizon;
        const allowed = BOUNDS.scale.map((scale) => scale / place.scale);
        // The middle stays on the canvas.
        const ends = away ? [-horizon / away, (height - horizon) / away].sort((a, b) => a - b) : allowed;
        const bounds = [Math.max(allowed[0], ends[0]), Math.min(allowed[1], ends[1])];
        const ratio = window.ICLight.lamps.clamp((foot + down) / foot, ...bounds);
        return limit({ ...moved, scale: place.scale * ratio, y: (horizon + away * ratio) / height });
    }

    const placement = {
        COVER,
        createCutout,
        limit,
        round,
        isSame,
        wrap,
        contain,
        matrix,
        apply,
        hits,
        findFoot,
        move,
    };
    window.ICLight = Object.assign(window.ICLight || {}, { placement });
})();
