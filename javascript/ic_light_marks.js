// Lamps as marks over a picture: dragged, turned, sized and taken away by mouse, finger and keys.
//
// new ICLight.Marks(element, hand) puts them into a positioned element; show(lamps, selected) says which. What a person
// does is told to `hand`: select(index), hold(index, values) while it moves, letGo() when it is set, remove(index) and
// duplicate(index).

(function () {
    "use strict";

    const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const GROWS = { "+": 1, "=": 1, "-": -1, "_": -1 };
    const STRIDE = [0.02, 0.1];
    const TURN = [5, 15];
    const GROWTH = 0.05;
    const WHEEL = { factor: 0.001, quiet: 250 };
    // How far inside the edge a mark stays whole, and how near to its lamp a grip can still be told from it.
    const INSET = 20;
    const APART = 30;

    const within = (value, low, high) => Math.min(Math.max(value, low), high);
    const radians = (degrees) => (degrees * Math.PI) / 180;

    /** Degrees as lamps count them: 0 = right, 90 = top. */
    const degrees = (right, down) => ((Math.atan2(-down, right) * 180) / Math.PI + 360) % 360;

    /** Lamps of less than half the full brightness carry a white number. */
    function bright(colour) {
        const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
        return 0.3 * red + 0.59 * green + 0.11 * blue > 128;
    }

    /** Where things stand over a picture of some size on the screen. */
    class Ground {
        constructor(width, height) {
            this.width = width;
            this.height = height;
            this.middle = [width / 2, height / 2];
            this.diagonal = Math.hypot(width, height);
        }

        /** The way in which a side lamp stands. */
        way(lamp) {
            return [Math.cos(radians(lamp.angle)), -Math.sin(radians(lamp.angle))];
        }

        /** As far from a place in some direction as the marks go. */
        room([x, y], [right, down]) {
            const across = (right > 0 ? this.width - INSET - x : x - INSET) / Math.abs(right);
            const along = (down > 0 ? this.height - INSET - y : y - INSET) / Math.abs(down);
            return Math.max(Math.min(across, along), 0);
        }

        /** A point lamp's own place; a side lamp's at the edge, where its light comes from. */
        lamp(lamp) {
            if (lamp.kind === "point") return [lamp.x * this.width, lamp.y * this.height];
            return on(this.middle, this.way(lamp), this.room(this.middle, this.way(lamp)));
        }

        /** What a lamp is where its mark is moved there. */
        moved(lamp, [x, y], snaps) {
            if (lamp.kind === "point") return { x: within(x / this.width, 0, 1), y: within(y / this.height, 0, 1) };
            const angle = degrees(x - this.middle[0], y - this.middle[1]);
            return { angle: snaps ? (Math.round(angle / TURN[1]) * TURN[1]) % 360 : angle };
        }

        /** How a side lamp's way lies in the picture: all of it, from the dark end to the bright one. */
        extent(lamp) {
            const [right, down] = this.way(lamp);
            return Math.abs(right) * this.width + Math.abs(down) * this.height;
        }

        /** Where half of the light is left, however soft it is: a circle, or a line across a side lamp's way. */
        reach(lamp) {
            if (lamp.kind === "point") {
                const [x, y] = this.lamp(lamp);
                const r = (lamp.size * this.diagonal) / 2;
                return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
            }
            const [right, down] = this.way(lamp);
            const [x, y] = on(this.middle, [right, down], this.half(lamp));
            const [across, along] = [-down * this.diagonal, right * this.diagonal];
            return `M${x - across} ${y - along}L${x + across} ${y + along}`;
        }

        /** From the middle along its way to where a side lamp's light is half. */
        half(lamp) {
            return (this.extent(lamp) * (1 - lamp.size)) / 2;
        }

        /** By what its size is taken: on `reach`, but within the picture. */
        grip(lamp) {
            if (lamp.kind === "side") {
                const way = this.way(lamp);
                const room = this.room(this.middle, way);
                return on(this.middle, way, within(this.half(lamp), -room, room - APART));
            }
            // Towards the corner farthest away, where there is most room.
            const place = this.lamp(lamp);
            const corner = [lamp.x > 0.5 ? 0 : this.width, lamp.y > 0.5 ? 0 : this.height];
            const far = Math.hypot(corner[0] - place[0], corner[1] - place[1]);
            const way = [(corner[0] - place[0]) / far, (corner[1] - place[1]) / far];
            return on(place, way, Math.max(Math.min((lamp.size * this.diagonal) / 2, this.room(place, way)), APART));
        }

        /** The size that a lamp becomes where its grip is drawn from one place to another. */
        sized(lamp, from, to) {
            if (lamp.kind === "side") {
                const [right, down] = this.way(lamp);
                const drawn = (to[0] - from[0]) * right + (to[1] - from[1]) * down;
                return lamp.size - (2 * drawn) / this.extent(lamp);
            }
            const [x, y] = this.lamp(lamp);
            return (lamp.size * Math.hypot(to[0] - x, to[1] - y)) / Math.hypot(from[0] - x, from[1] - y);
        }
    }

    const on = ([x, y], [right, down], length) => [x + right * length, y + down * length];

    class Marks {
        constructor(element, hand) {
            const { made } = window.ICLight;
            this.element = element;
            this.hand = hand;
            this.lamps = [];
            this.selected = 0;
            this.marks = [];
            this.held = null;
            this.typed = false;
            this.quiet = 0;
            this.ground = new Ground(0, 0);
            this.reach = made("svg", { class: "ic-light-reach", "aria-hidden": "true" }, made("path"), made("path"));
            this.grip = made("span", { class: "ic-light-grip", title: "Drag to set the size" });
            this.holder = made("div", { class: "ic-light-marks" });
            element.append(this.reach, this.holder, this.grip);
            this.listen();
            this.observer = new ResizeObserver(() => this.measure());
            this.observer.observe(element);
            this.measure();
        }

        dispose() {
            clearTimeout(this.quiet);
            this.observer.disconnect();
        }

        measure() {
            this.ground = new Ground(this.element.clientWidth, this.element.clientHeight);
            this.place();
        }

        show(lamps, selected) {
            this.lamps = lamps;
            this.selected = selected;
            while (this.marks.length > lamps.length) this.marks.pop().remove();
            while (this.marks.length < lamps.length) this.marks.push(this.mark());
            this.place();
        }

        mark() {
            const { made } = window.ICLight;
            const number = made("span", { class: "ic-light-number" }, String(this.marks.length + 1));
            const mark = made("button", { class: "ic-light-mark", type: "button" }, number);
            this.holder.append(mark);
            return mark;
        }

        place() {
            const { put, paint } = window.ICLight;
            this.lamps.forEach((lamp, index) => {
                const mark = this.marks[index];
                const chosen = index === this.selected;
                moved(mark, this.ground.lamp(lamp));
                paint(mark, "--ic-light-lamp", lamp.color);
                paint(mark, "--ic-light-turn", `${lamp.kind === "side" ? 180 - lamp.angle : 0}deg`);
                mark.classList.toggle("ic-light-side", lamp.kind === "side");
                mark.classList.toggle("ic-light-dark", !bright(lamp.color));
                mark.classList.toggle("ic-light-chosen", chosen);
                put(mark, "aria-pressed", chosen);
                put(mark, "aria-label", `Lamp ${index + 1}: ${said(lamp)}`);
            });
            const lamp = this.lamps[this.selected];
            this.reach.classList.toggle("ic-light-off", !lamp);
            this.grip.classList.toggle("ic-light-off", !lamp);
            if (!lamp || !this.ground.width) return;
            const reach = this.ground.reach(lamp);
            for (const path of this.reach.children) put(path, "d", reach);
            moved(this.grip, this.ground.grip(lamp));
        }

        /** Whether that is a lamp's mark. */
        has(element) {
            return this.holder.contains(element);
        }

        /** Put the keyboard onto a lamp. */
        focus(index) {
            this.marks[index].focus({ preventScroll: true });
        }

        listen() {
            const { element } = this;
            element.addEventListener("pointerdown", (event) => this.take(event));
            element.addEventListener("pointermove", (event) => this.drag(event));
            element.addEventListener("lostpointercapture", (event) => {
                if (!this.held || event.pointerId !== this.held.pointer) return;
                this.held = null;
                this.hand.letGo();
            });
            element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
            this.holder.addEventListener("focusin", (event) => this.hand.select(this.marks.indexOf(event.target)));
            this.holder.addEventListener("keydown", (event) => this.key(event));
            for (const end of ["keyup", "focusout"]) this.holder.addEventListener(end, () => this.endKey());
        }

        /** The place of a pointer over the picture. */
        at(event) {
            const box = this.element.getBoundingClientRect();
            return [event.clientX - box.left, event.clientY - box.top];
        }

        /** The lamp whose mark, or grip, that is; -1 for none. */
        under(target) {
            return target === this.grip ? this.selected : this.marks.indexOf(target.closest(".ic-light-mark"));
        }

        take(event) {
            const index = this.under(event.target);
            if (index < 0 || event.button !== 0 || this.held) return;
            const lamp = this.lamps[index];
            const from = this.at(event);
            const place = this.ground.lamp(lamp);
            const off = [place[0] - from[0], place[1] - from[1]];
            this.held = { index, lamp, from, off, pointer: event.pointerId, sizes: event.target === this.grip };
            this.hand.select(index);
            this.focus(index);
            // The grip has it, or the lamp: whatever is drawn anew meanwhile.
            this.element.setPointerCapture(event.pointerId);
            event.preventDefault();
        }

        drag(event) {
            if (!this.held || event.pointerId !== this.held.pointer) return;
            const { index, lamp, from, off, sizes } = this.held;
            const [x, y] = this.at(event);
            // Nothing has moved yet, or the lamps were exchanged meanwhile.
            if ((x === from[0] && y === from[1]) || (this.lamps[index] || {}).kind !== lamp.kind) return;
            const values = sizes
                ? { size: this.ground.sized(lamp, from, [x, y]) }
                : this.ground.moved(lamp, [x + off[0], y + off[1]], event.shiftKey);
            this.hand.hold(index, values);
        }

        /** Over a lamp it changes the size; elsewhere it moves the page. */
        wheel(event) {
            const index = this.under(event.target);
            if (index < 0 || this.held) return;
            event.preventDefault();
            this.hand.select(index);
            this.hand.hold(index, { size: this.lamps[index].size * Math.exp(-event.deltaY * WHEEL.factor) });
            clearTimeout(this.quiet);
            this.quiet = setTimeout(() => this.held || this.hand.letGo(), WHEEL.quiet);
        }

        key(event) {
            const index = this.marks.indexOf(event.target);
            if (index < 0 || event.ctrlKey || event.metaKey || event.altKey || this.held) return;
            const lamp = this.lamps[index];
            const { key, shiftKey } = event;
            if (ARROWS[key]) this.hand.hold(index, stepped(lamp, ARROWS[key], Number(shiftKey)));
            else if (GROWS[key]) this.hand.hold(index, { size: lamp.size + GROWTH * GROWS[key] });
            else if (key === "Delete" || key === "Backspace") this.hand.remove(index);
            else if (key === "d" || key === "D") this.hand.duplicate(index);
            else return;
            this.typed = true;
            // Hosts have keys of their own.
            event.preventDefault();
            event.stopPropagation();
        }

        /** What was moved by a key is set; what a pointer holds is not. */
        endKey() {
            if (this.typed && !this.held) this.hand.letGo();
            this.typed = false;
        }
    }

    /** A lamp one step further on, or a large one. */
    function stepped(lamp, [across, down], large) {
        if (lamp.kind === "side") return { angle: (lamp.angle - TURN[large] * (across + down) + 360) % 360 };
        const stride = STRIDE[large];
        return { x: within(lamp.x + stride * across, 0, 1), y: within(lamp.y + stride * down, 0, 1) };
    }

    function moved(mark, [x, y]) {
        window.ICLight.paint(mark, "transform", `translate(${x}px, ${y}px)`);
    }

    function said(lamp) {
        if (lamp.kind === "side") return `side, ${Math.round(lamp.angle)} degrees`;
        return `point, ${Math.round(lamp.x * 100)} % from the left, ${Math.round(lamp.y * 100)} % from the top`;
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Marks });
})();
