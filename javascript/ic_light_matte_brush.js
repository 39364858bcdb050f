// What a brush does to a matte: arithmetic alone. A matte is its levels (Uint8Array, 0 background, 255 subject), row by
// row from the top; places are in its pixels, from the top left corner; a box is [left, top, right, bottom].
//
// A stroke is dabs without a gap: between two places each pixel takes the dab that is nearest to it, which is the
// strongest. To keep is the larger of two levels and to drop the smaller, so that dabs over dabs change nothing.

(function () {
    "use strict";

    // The edge of the hardest brush, in pixels, which is antialiased.
    const SHARPEST = 1;

    /** What is left of a dab at a distance of its middle, 1 to 0: smooth (3 t^2 - 2 t^3) over the soft part of the radius. */
    function fall(distance, { radius, softness }) {
        const edge = Math.max(radius * softness, SHARPEST);
        const share = Math.min(Math.max((radius + SHARPEST / 2 - distance) / edge, 0), 1);
        return share * share * (3 - 2 * share);
    }

    /**
     * Paint from one place to another.
     *
     * @param {Uint8Array} levels is changed
     * @param {Object} brush {keeps, radius, softness}: radius in pixels, softness 0..1
     * @param {number[]} from [x, y]
     * @returns {?number[]} the box outside which nothing is another; null where all of it is outside the matte
     */
    function paint(levels, width, height, brush, from, to) {
        const { keeps, radius } = brush;
        const reach = radius + SHARPEST;
        const [left, top] = [0, 1].map((i) => Math.max(Math.floor(Math.min(from[i], to[i]) - reach), 0));
        const [right, bottom] = [width, height].map((side, i) => {
            return Math.min(Math.ceil(Math.max(from[i], to[i]) + reach), side);
        });
        if (left >= right || top >= bottom) return null;
        const [across, down] = [to[0] - from[0], to[1] - from[1]];
        const square = across * across + down * down;
        for (let row = top; row < bottom; row++) {
            for (let column = left; column < right; column++) {
                const x = column + 0.5 - from[0];
                const y = row + 0.5 - from[1];
                const share = square && Math.min(Math.max((x * across + y * down) / square, 0), 1);
                const distance = Math.sqrt((x - share * across) ** 2 + (y - share * down) ** 2);
                const level = Math.round(255 * fall(distance, brush));
                const at = row * width + column;
                levels[at] = keeps ? Math.max(levels[at], level) : Math.min(levels[at], 255 - level);
            }
        }
        return [left, top, right, bottom];
    }

    /** The smallest box around two, either of which may be null. */
    function unite(one, other) {
        if (!one || !other) return one || other;
        return one.map((side, i) => (i < 2 ? Math.min(side, other[i]) : Math.max(side, other[i])));
    }

    /** What makes one matte of the other within a box, and back again: both, bit by bit in one but not in both. */
    function differ(one, other, width, box) {
        const [left, top, right, bottom] = box;
        const bits = new Uint8Array((right - left) * (bottom - top));
        for (let row = top, to = 0; row < bottom; row++) {
            for (let at = row * width + left; at < row * width + right; at++) bits[to++] = one[at] ^ other[at];
        }
        return { box, bits };
    }

    /** Change a matte by what `differ` gave. */
    function exchange(levels, width, { box, bits }) {
        const [left, top, right, bottom] = box;
        for (let row = top, from = 0; row < bottom; row++) {
            for (let at = row * width + left; at < row * width + right; at++) levels[at] ^= bits[from++];
        }
    }

    const matteBrush = { fall, paint, unite, differ, exchange };
    window.ICLight = Object.assign(window.ICLight || {}, { matteBrush });
})();
