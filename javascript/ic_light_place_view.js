// The canvas of the picture to be made, over the light editor's picture: subjects where they lie, a frame for each, grips
// about the chosen one, and the horizon.
//
// new ICLight.PlaceView(placing) listens to pointers for a PlaceEditor, once its element is put over the picture.

(function () {
    "use strict";

    // The longest side that is drawn, in pixels.
    const LONGEST = 1024;

    // How far above its frame a subject is turned, and how near to the edge grips are, in pixels of the page.
    const ABOVE = 28;
    const EDGE = 14;

    // In degrees: what the grip turns by with Shift. What the wheel scales and turns by, and when it is at rest.
    const TURN = 15;
    const WHEEL = { scale: 0.001, turn: 0.03, quiet: 300 };

    const CORNERS = [[0, 1], [2, 1], [2, 3], [0, 3]];

    class PlaceView {
        constructor(placing) {
            const { create } = window.ICLight.elements;
            this.placing = placing;
            this.element = create("div", { class: "ic-light-overlay ic-light-places" });
            this.ground = new window.ICLight.Ground(this.element);
            this.canvas = create("canvas", { "aria-hidden": "true" });
            this.frames = [];
            this.grips = ["scale", "scale", "scale", "scale", "turn"].map((grip) =>
                create("span", { class: "ic-light-place-grip", "data-grip": grip, "aria-hidden": "true" }),
            );
            const line = { class: "ic-light-horizon", role: "slider", tabindex: 0, "aria-label": "Horizon" };
            this.horizon = create("div", { ...line, "aria-orientation": "vertical", "aria-valuemin": 0, "aria-valuemax": 100 });
            this.element.append(this.canvas, ...this.grips, this.horizon);
            this.due = this.quiet = 0;
            this.held = null;
            this.fingers = new Map();
            this.observer = new ResizeObserver(() => this.placing.isOn && this.place());
            this.observer.observe(this.element);
            this.listen();
        }

        get isHeld() {
            return Boolean(this.held);
        }

        /** Pixels of the page for one of the canvas. */
        get zoom() {
            return this.element.clientWidth / this.placing.canvas[0];
        }

        listen() {
            const listen = (...given) => window.ICLight.listenAbove(this.element, ...given);
            listen("pointerdown", (event) => this.press(event));
            listen("pointermove", (event) => this.drag(event));
            for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) listen(end, (event) => this.lift(event));
            listen("wheel", (event) => this.turnWheel(event), { passive: false });
            listen("dragover", (event) => event.preventDefault());
            listen("drop", (event) => {
                event.preventDefault();
                this.take(event.dataTransfer);
            });
            this.placing.editor.root.addEventListener("paste", (event) => this.placing.isOn && this.take(event.clipboardData));
            this.element.addEventListener("focusin", (event) => this.placing.select(this.frames.indexOf(event.target)));
        }

        /** A picture that was dropped or pasted. */
        take({ files }) {
            const file = [...files].find(({ type }) => type.startsWith("image/"));
            if (file) this.placing.add(file);
        }

        /** The place of a pointer in pixels of the canvas. */
        locate(event) {
            const box = this.element.getBoundingClientRect();
            return [(event.clientX - box.left) / this.zoom, (event.clientY - box.top) / this.zoom];
        }

        press(event) {
            if (event.button !== 0) return;
            this.fingers.set(event.pointerId, this.locate(event));
            event.preventDefault();
            this.element.setPointerCapture(event.pointerId);
            if (this.fingers.size === 2) this.hold("pinch");
            else if (!this.held) this.hold(event.target.dataset.grip || this.findHeld(event));
        }

        findHeld(event) {
            if (event.target === this.horizon) return "horizon";
            const { placing } = this;
            const at = this.locate(event);
            const { hits } = window.ICLight.placement;
            const isHit = ({ cutout, place }) => hits(cutout, place, placing.canvas, at);
            const found = placing.subjects.map(isHit).lastIndexOf(true);
            if (found >= 0 && !isHit(placing.chosen)) placing.select(found);
            return "move";
        }

        hold(what) {
            const from = [...this.fingers.values()];
            this.held = { what, from, place: this.placing.chosen.place };
            if (what === "horizon") this.horizon.focus({ preventScroll: true });
            else this.focus();
        }

        drag(event) {
            if (!this.held || !this.fingers.has(event.pointerId)) return;
            this.fingers.set(event.pointerId, this.locate(event));
            const { what, from, place } = this.held;
            const now = [...this.fingers.values()];
            const { placing } = this;
            const middle = [place.x * placing.canvas[0], place.y * placing.canvas[1]];
            if (what === "move") placing.move([now[0][0] - from[0][0], now[0][1] - from[0][1]], place);
            else if (what === "horizon") placing.moveHorizon(now[0][1] / placing.canvas[1]);
            else if (what === "scale") placing.grow(measure(now[0], middle) / measure(from[0], middle), place);
            else if (what === "pinch") now.length === 2 && placing.grow(measure(...now) / measure(...from), place);
            else {
                const turned = direct(from[0], middle) - direct(now[0], middle) + place.rotation;
                placing.turn((event.shiftKey ? Math.round(turned / TURN) * TURN : turned) - place.rotation, place);
            }
        }

        lift(event) {
            if (!this.fingers.delete(event.pointerId) || this.fingers.size) return;
            this.release();
        }

        /** What is held is set. */
        release() {
            clearTimeout(this.quiet);
            this.fingers.clear();
            const wasHeld = this.isHeld;
            this.held = null;
            if (wasHeld) this.placing.record();
        }

        /** It scales, or with Shift turns, the chosen subject. */
        turnWheel(event) {
            event.preventDefault();
            if (this.held) return;
            // With Shift, browsers turn the other wheel.
            const by = -(event.deltaY || event.deltaX);
            if (event.shiftKey) this.placing.turn(by * WHEEL.turn);
            else this.placing.grow(Math.exp(by * WHEEL.scale));
            clearTimeout(this.quiet);
            this.quiet = setTimeout(() => this.placing.release(), WHEEL.quiet);
        }

        /** Whether that is a subject's frame, or all of them. */
        has(element) {
            return this.element.contains(element);
        }

        /** Put the keyboard onto the chosen subject. */
        focus() {
            this.frames[this.placing.selected]?.focus({ preventScroll: true });
        }

        // What is seen.

        show(ground, light) {
            const { setAttribute } = window.ICLight.elements;
            const { placing } = this;
            this.ground.show(ground, light, placing.proportion, placing.background);
            while (this.frames.length > placing.subjects.length) this.frames.pop().remove();
            while (this.frames.length < placing.subjects.length) this.frames.push(this.createFrame());
            this.horizon.hidden = !placing.horizon.isOn;
            this.horizon.style.top = `${placing.horizon.at * 100}%`;
            setAttribute(this.horizon, "aria-valuenow", Math.round(placing.horizon.at * 100));
            this.place();
            if (!this.due) this.due = requestAnimationFrame(() => this.draw());
        }

        createFrame() {
            const frame = window.ICLight.elements.create("button", { class: "ic-light-placed", type: "button" });
            this.grips[0].before(frame);
            return frame;
        }

        place() {
            const { setAttribute, setStyle } = window.ICLight.elements;
            const { placing, zoom } = this;
            placing.subjects.forEach(({ cutout, place }, index) => {
                const frame = this.frames[index];
                const [left, top, right, bottom] = cutout.box;
                const by = window.ICLight.placement.matrix(cutout, place, placing.canvas).map((part) => part * zoom);
                const factor = Math.hypot(by[0], by[1]);
                const [x, y] = window.ICLight.placement.apply(by, [left, top]);
                setStyle(frame, "width", `${(right - left) * factor}px`);
                setStyle(frame, "height", `${(bottom - top) * factor}px`);
                setStyle(frame, "transform", `translate(${x}px, ${y}px) rotate(${-place.rotation}deg)`);
                setAttribute(frame, "aria-pressed", index === placing.selected);
                setAttribute(frame, "aria-label", describe(place, index));
                if (index === placing.selected) this.placeGrips(cutout, by);
            });
        }

        placeGrips({ box }, by) {
            const { apply } = window.ICLight.placement;
            const points = CORNERS.map(([x, y]) => apply(by, [box[x], box[y]]));
            const above = apply(by, [(box[0] + box[2]) / 2, box[1]]);
            const factor = ABOVE / Math.hypot(by[2], by[3]);
            points.push([above[0] - by[2] * factor, above[1] - by[3] * factor]);
            const { clamp } = window.ICLight.lamps;
            const sides = [this.element.clientWidth, this.element.clientHeight];
            points.forEach((point, i) => {
                // They are within reach where the subject goes beyond the canvas.
                const [x, y] = point.map((at, axis) => clamp(at, EDGE, sides[axis] - EDGE));
                window.ICLight.elements.setStyle(this.grips[i], "transform", `translate(${x}px, ${y}px)`);
            });
        }

        draw() {
            this.due = 0;
            if (!this.placing.isOn) return;
            const { canvas, subjects } = this.placing;
            const share = Math.min(LONGEST / Math.max(...canvas), 1);
            const [width, height] = canvas.map((side) => Math.round(side * share));
            if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
            const context = this.canvas.getContext("2d");
            context.setTransform(1, 0, 0, 1, 0, 0);
            context.clearRect(0, 0, width, height);
            context.imageSmoothingQuality = "high";
            for (const { cutout, place } of subjects) {
                const by = window.ICLight.placement.matrix(cutout, place, canvas);
                context.setTransform(...by.map((part) => part * share));
                context.drawImage(cutout.image, 0, 0);
            }
        }
    }

    const measure = (one, other) => Math.max(Math.hypot(one[0] - other[0], one[1] - other[1]), 1);
    /** In degrees, clockwise. */
    const direct = (at, middle) => (Math.atan2(at[1] - middle[1], at[0] - middle[0]) * 180) / Math.PI;

    function describe({ x, y, scale, rotation }, index) {
        const percent = [x, y, scale].map((share) => Math.round(share * 100));
        const text = "Subject {}: {} % from the left, {} % from the top, scale {} %, {} degrees";
        return window.ICLight.elements.phrase(text, index + 1, ...percent, Math.round(rotation));
    }

    window.ICLight = Object.assign(window.ICLight || {}, { PlaceView });
})();
