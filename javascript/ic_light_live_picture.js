// The live picture: one under a light that is dragged over it.
//
// new ICLight.LivePicture(element, {onChange, onMessage}) fills an empty block element; then
//   open(base, key)    shows the picture that the server keeps under that key, of the routes below `base`
//   show(light)        in the light of the panel: `options` and `lighting` as the renderer takes them, and `hand`, the
//                      lighting that it becomes where it is set by hand
// and onChange(values) is called with plain option values whenever a person has set the light. What a person can do
// stands in ic_light_actions.js. Nothing here knows of gradio.

(function () {
    "use strict";

    const HANDLE = {
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

    // The steps of the panel's own controls, so that both show the same.
    const STEPS = { light_angle: 1, light_x: 0.01, light_y: 0.01, panorama_rotation: 1 };

    // How many degrees a panorama turns by, over the width of the picture and by a key.
    const [ACROSS, BY_KEY] = [180, 5];

    class LivePicture {
        /**
         * @param {HTMLElement} element to be filled
         * @param {function(Object)} onChange told light, and light_angle, light_x and light_y, or panorama_rotation, once
         *     the light is set
         * @param {function(string)} onMessage told a sentence where something fails
         */
        constructor(element, { onChange = () => {}, onMessage = () => {} } = {}) {
            this.element = element;
            this.onChange = onChange;
            this.light = null;
            // The light and its values while a person holds it.
            this.held = null;
            this.values = null;
            // Where a drag has begun, and how a panorama was turned then.
            this.from = null;
            this.renderer = new window.ICLight.Renderer({ onMessage });
            this.handle = document.createElement("span");
            this.handle.hidden = true;
            Object.assign(this.handle.style, HANDLE);
            // A finger on the picture moves the light, not the page.
            Object.assign(element.style, { position: "relative", touchAction: "none", userSelect: "none" });
            element.tabIndex = 0;
            element.setAttribute("role", "application");
            element.setAttribute("aria-label", "Light over the picture: drag it, or move it with the arrow keys");
            element.replaceChildren(this.renderer.canvas, this.handle);
            this.listen();
        }

        /** "webgl2" or "server": who draws. */
        get backend() {
            return this.renderer.backend;
        }

        /** How many pictures were drawn. */
        get frames() {
            return this.renderer.frames;
        }

        /** Show the picture of a key. Resolves to whether it is shown; not where another was opened since. */
        open(base, key) {
            return this.renderer.open(base, key);
        }

        /** Light it. While a person holds the light, what is told from elsewhere waits. */
        show(light) {
            this.light = light;
            if (!this.held) this.refresh();
        }

        refresh() {
            this.renderer.show(this.held || this.light);
            this.place();
        }

        /** Draw now what is to be seen. */
        draw() {
            this.renderer.draw();
        }

        /** The handle of the light: where the lamp is, or at the side that it shines from. */
        place() {
            const light = this.held || this.light;
            const lamp = light && light.lighting.lamps[0];
            this.handle.hidden = !lamp;
            if (!lamp) return;
            const [x, y] = locate(lamp);
            const { clientWidth, clientHeight } = this.element;
            this.handle.style.transform = `translate(${x * clientWidth}px, ${y * clientHeight}px)`;
        }

        get isReady() {
            return this.renderer.ready && Boolean(this.light);
        }

        /** Whether the light comes from all around: it is turned, and what is before the subject follows the hand. */
        get isPanorama() {
            return this.light.options.light === "panorama";
        }

        listen() {
            const { element } = this;
            element.addEventListener("pointerdown", (event) => {
                if (event.button !== 0 || !this.isReady) return;
                // The browser gives it the focus, and no ring as for keys: that would be drawn with every frame.
                element.setPointerCapture(event.pointerId);
                this.from = { x: event.clientX, rotation: this.light.options.panorama_rotation };
                this.drag(event);
            });
            element.addEventListener("pointermove", (event) => {
                if (element.hasPointerCapture(event.pointerId)) this.drag(event);
            });
            element.addEventListener("keydown", (event) => this.pressKey(event));
            element.addEventListener("keyup", (event) => this.findAction(event) && this.finish());
            for (const end of ["pointerup", "pointercancel", "blur"]) {
                element.addEventListener(end, () => this.finish());
            }
            new ResizeObserver(() => this.place()).observe(element);
        }

        drag(event) {
            const { clamp } = window.ICLight.lamps;
            const box = this.renderer.canvas.getBoundingClientRect();
            if (this.isPanorama) {
                this.hold(toRotation(this.from.rotation - (ACROSS * (event.clientX - this.from.x)) / box.width));
                return;
            }
            const x = clamp((event.clientX - box.left) / box.width, 0, 1);
            const y = clamp((event.clientY - box.top) / box.height, 0, 1);
            const turns = (this.light.options.light === "angle") !== event.shiftKey;
            const angle = window.ICLight.angles.toDegrees((x - 0.5) * box.width, (y - 0.5) * box.height);
            this.hold(turns ? toAngle(angle) : toPoint(x, y));
        }

        findAction(event) {
            return window.ICLight.actions.find(event, "picture");
        }

        pressKey(event) {
            const found = this.isReady && this.findAction(event);
            if (!found) return;
            event.preventDefault();
            window.ICLight.actions.run(found.action, this, found.told);
        }

        /** One step further on. */
        move(way) {
            const { options, lighting } = this.held || this.light;
            if (this.isPanorama) {
                this.hold(toRotation(options.panorama_rotation - BY_KEY * way[0]));
                return;
            }
            const [x, y] = lighting.lamps.length ? locate(lighting.lamps[0]) : [0.5, 0.5];
            const turns = options.light === "angle";
            const lamp = turns ? { kind: "side", angle: options.light_angle } : { kind: "point", x, y };
            const next = window.ICLight.lamps.step(lamp, way);
            this.hold(roundValues(turns ? toAngle(next.angle) : toPoint(next.x, next.y)));
        }

        /** The light in a person's hand, as option values. */
        hold(values) {
            const { options, hand, lighting } = this.light;
            const move = (lit) => lit && { ...lit, lamps: lit.lamps.map((lamp) => ({ ...lamp, ...toSource(values) })) };
            const held = this.isPanorama ? lighting : { ...move(hand), shadow: move(hand.shadow) };
            this.held = { options: { ...options, ...values }, lighting: held };
            this.values = values;
            this.refresh();
        }

        /** The light is set. */
        finish() {
            if (!this.held) return;
            this.hold(roundValues(this.values));
            this.light = { ...this.light, ...this.held };
            this.held = null;
            this.onChange(this.values);
        }
    }

    const toPoint = (x, y) => ({ light: "point", light_x: x, light_y: y });
    const toRotation = (degrees) => ({
        light: "panorama",
        panorama_rotation: degrees - 360 * Math.round(degrees / 360),
    });
    const toAngle = (angle) => ({ light: "angle", light_angle: angle });

    function roundValues(values) {
        const { round } = window.ICLight.lamps;
        const entries = Object.entries(values).map(([key, value]) => {
            return [key, key in STEPS ? round(value, STEPS[key]) : value];
        });
        return Object.fromEntries(entries);
    }

    /** Where the lamp of these values stands, as the server has it. */
    function toSource(values) {
        if (values.light === "point") return { point: true, x: values.light_x, y: values.light_y };
        const angle = window.ICLight.angles.toRadians(values.light_angle);
        return { point: false, x: Math.cos(angle), y: -Math.sin(angle) };
    }

    /** Its place on the picture, from the left and from the top. */
    function locate(lamp) {
        return lamp.point ? [lamp.x, lamp.y] : [0.5 + 0.46 * lamp.x, 0.5 + 0.46 * lamp.y];
    }

    window.ICLight = Object.assign(window.ICLight || {}, { LivePicture });
})();
