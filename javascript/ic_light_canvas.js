// A picture under a light that is dragged over it.
//
// new ICLight.Canvas(element, {picked, said}) fills an empty block element; then
//   open(base, key)    shows the picture that the server keeps under that key, of the routes below `base`
//   show(described)    in the light that `live.described` tells
// and picked(values) is called with plain option values whenever a person has set the light.
// Drawn by the stage of ic_light_stage.js. Nothing here knows of gradio.

(function () {
    "use strict";

    const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const STRIDE = 0.02;
    const TURN = 5;

    const MARK = {
        position: "absolute",
        left: 0,
        top: 0,
        // A layer of its own: nothing is laid out or painted anew where it moves.
        willChange: "transform",
        width: "22px",
        height: "22px",
        margin: "-11px",
        borderRadius: "50%",
        border: "2px solid white",
        boxShadow: "0 0 0 1px rgba(0, 0, 0, 0.6), inset 0 0 0 1px rgba(0, 0, 0, 0.6)",
        pointerEvents: "none",
    };

    const within = (value, low, high) => Math.min(Math.max(value, low), high);
    const rounded = (value, step) => Math.round(value / step) / Math.round(1 / step);

    class Canvas {
        /**
         * @param {HTMLElement} element to be filled
         * @param {function(Object)} picked told light, and light_angle or light_x and light_y, once the light is set
         * @param {function(string)} said told a sentence where something fails
         */
        constructor(element, { picked = () => {}, said = () => {} } = {}) {
            this.element = element;
            this.picked = picked;
            this.described = null;
            this.taken = null;
            this.stage = new window.ICLight.Stage({ said });
            this.handle = document.createElement("span");
            this.handle.hidden = true;
            Object.assign(this.handle.style, MARK);
            // A finger on the picture moves the light, not the page.
            Object.assign(element.style, { position: "relative", touchAction: "none", userSelect: "none" });
            element.tabIndex = 0;
            element.setAttribute("role", "application");
            element.setAttribute("aria-label", "Light over the picture: drag it, or move it with the arrow keys");
            element.replaceChildren(this.stage.canvas, this.handle);
            this.listen();
        }

        /** "webgl2" or "server": who draws. */
        get path() {
            return this.stage.path;
        }

        /** How many pictures were drawn. */
        get frames() {
            return this.stage.frames;
        }

        /** Show the picture of a key. Resolves to whether it is shown; not where another was opened since. */
        open(base, key) {
            return this.stage.open(base, key);
        }

        /** Light it. While a person holds the light, what is told from elsewhere waits. */
        show(described) {
            this.described = described;
            if (!this.taken) this.light(described);
        }

        light(described) {
            this.stage.show(described);
            this.place();
        }

        /** Draw now what is to be seen. */
        draw() {
            this.stage.draw();
        }

        /** The mark of the light: where the lamp is, or at the side that it shines from. */
        place() {
            const described = this.taken || this.described;
            const lamp = described && described.lighting.lamps[0];
            this.handle.hidden = !lamp;
            if (!lamp) return;
            const [x, y] = where(lamp);
            const { clientWidth, clientHeight } = this.element;
            this.handle.style.transform = `translate(${x * clientWidth}px, ${y * clientHeight}px)`;
        }

        listen() {
            const element = this.element;
            const move = (event) => {
                const box = this.stage.canvas.getBoundingClientRect();
                const x = within((event.clientX - box.left) / box.width, 0, 1);
                const y = within((event.clientY - box.top) / box.height, 0, 1);
                const turns = (this.described.options.light === "angle") !== event.shiftKey;
                this.take(turns ? angle((x - 0.5) * box.width, (y - 0.5) * box.height) : point(x, y));
            };
            element.addEventListener("pointerdown", (event) => {
                if (event.button !== 0 || !this.stage.ready || !this.described) return;
                // The browser gives it the focus, and no ring as for the keyboard: that would be drawn with every frame.
                element.setPointerCapture(event.pointerId);
                move(event);
            });
            element.addEventListener("pointermove", (event) => {
                if (element.hasPointerCapture(event.pointerId)) move(event);
            });
            for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => this.letGo());
            element.addEventListener("keydown", (event) => {
                const arrow = ARROWS[event.key];
                if (!arrow || !this.stage.ready || !this.described) return;
                event.preventDefault();
                this.take(stepped(this.taken || this.described, arrow));
            });
            element.addEventListener("keyup", (event) => ARROWS[event.key] && this.letGo());
            element.addEventListener("blur", () => this.letGo());
            new ResizeObserver(() => this.place()).observe(element);
        }

        /** The light in a person's hand, as option values. */
        take(values) {
            const { options, hand } = this.described;
            const lamps = hand.lamps.map((lamp) => ({ ...lamp, ...source(values) }));
            this.taken = { options: { ...options, ...values }, lighting: { ...hand, lamps } };
            this.values = values;
            this.light(this.taken);
        }

        /** The light is set: in the steps of the panel's own controls, so that both show the same. */
        letGo() {
            if (!this.taken) return;
            const steps = { light_angle: 1, light_x: 0.01, light_y: 0.01 };
            const set = Object.entries(this.values).map(([k, v]) => [k, k in steps ? rounded(v, steps[k]) : v]);
            this.take(Object.fromEntries(set));
            this.described = { ...this.described, ...this.taken };
            this.taken = null;
            this.picked(this.values);
        }
    }

    const point = (x, y) => ({ light: "point", light_x: x, light_y: y });

    /** Degrees as the option light_angle counts them: 0 = right, 90 = top. */
    function angle(right, down) {
        const degrees = (Math.atan2(-down, right) * 180) / Math.PI;
        return { light: "angle", light_angle: (degrees + 360) % 360 };
    }

    /** Where the lamp of these values stands, as painting.request.SOURCES has it. */
    function source(values) {
        if (values.light === "point") return { point: true, x: values.light_x, y: values.light_y };
        const turn = (values.light_angle * Math.PI) / 180;
        return { point: false, x: Math.cos(turn), y: -Math.sin(turn) };
    }

    /** Its place on the picture, from the left and from the top. */
    function where(lamp) {
        return lamp.point ? [lamp.x, lamp.y] : [0.5 + 0.46 * lamp.x, 0.5 + 0.46 * lamp.y];
    }

    /** A light one step further on. */
    function stepped(described, [across, down]) {
        const { options, lighting } = described;
        if (options.light === "angle") {
            return { light: "angle", light_angle: (options.light_angle - TURN * (across + down) + 360) % 360 };
        }
        const [x, y] = lighting.lamps.length ? where(lighting.lamps[0]) : [0.5, 0.5];
        return point(within(x + STRIDE * across, 0, 1), within(y + STRIDE * down, 0, 1));
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Canvas });
})();
