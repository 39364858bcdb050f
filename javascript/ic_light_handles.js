// The handles of lamps over a picture: dragged, turned, sized and chosen by mouse and finger.
//
// new ICLight.LampHandles(element, editor) puts them into a positioned element; show(lamps, selected) says which. What
// a person does is told to the editor: select(index), adjust(index, values) while it moves, finish() once it is set.

(function () {
    "use strict";

    const WHEEL = { factor: 0.001, quiet: 250 };

    // The luminance on which black and white are read equally well: 4.58 to 1 (WCAG 2.2, contrast ratio).
    const BRIGHT = Math.sqrt(1.05 * 0.05) - 0.05;

    /** Whether a number on that colour is to be black. */
    function isBright(colour) {
        const [red, green, blue] = window.ICLight.lamps.parseLevels(colour).map(window.ICLight.colours.decode);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue > BRIGHT;
    }

    class LampHandles {
        constructor(element, editor) {
            const { create } = window.ICLight.elements;
            this.element = element;
            this.editor = editor;
            this.lamps = [];
            this.selected = 0;
            this.handles = [];
            this.held = null;
            this.quiet = 0;
            this.reach = createLine("ic-light-reach");
            this.track = createLine("ic-light-track");
            this.grips = window.ICLight.grips.map((grip) => {
                return { ...grip, element: create("span", { class: grip.name, title: grip.title, "aria-hidden": "true" }) };
            });
            // Arrow keys are the lamps', not the screen reader's.
            const label = "Lamps over the picture: arrow keys move them, and ? lists all keys";
            this.holder = create("div", { class: "ic-light-handles", role: "application", "aria-label": label });
            element.append(this.reach, this.track, this.holder, ...this.grips.map((grip) => grip.element));
            this.listen();
            this.menu = new window.ICLight.Menu(editor);
            this.touch = new window.ICLight.Touch(element, editor);
            this.observer = new ResizeObserver(() => this.measure());
            this.observer.observe(element);
            this.measure();
        }

        dispose() {
            clearTimeout(this.quiet);
            this.touch.dispose();
            this.observer.disconnect();
        }

        measure() {
            this.geometry = new window.ICLight.Geometry(this.element.clientWidth, this.element.clientHeight);
            this.place();
        }

        show(lamps, selected) {
            this.lamps = lamps;
            this.selected = selected;
            while (this.handles.length > lamps.length) this.handles.pop().remove();
            while (this.handles.length < lamps.length) this.handles.push(this.createHandle());
            this.place();
        }

        createHandle() {
            const { create } = window.ICLight.elements;
            const number = create("span", { class: "ic-light-number" }, String(this.handles.length + 1));
            const handle = create("button", { class: "ic-light-handle", type: "button" }, number);
            this.holder.append(handle);
            return handle;
        }

        place() {
            const { setAttribute, setStyle } = window.ICLight.elements;
            this.lamps.forEach((lamp, index) => {
                const handle = this.handles[index];
                const selected = index === this.selected;
                moveTo(handle, this.geometry.placeLamp(lamp));
                setStyle(handle, "--ic-light-lamp", lamp.color);
                setStyle(handle, "--ic-light-turn", `${lamp.kind === "side" ? 180 - lamp.angle : 0}deg`);
                handle.classList.toggle("ic-light-side", lamp.kind === "side");
                handle.classList.toggle("ic-light-dark", !isBright(lamp.color));
                handle.classList.toggle("ic-light-selected", selected);
                handle.classList.toggle("ic-light-behind", lamp.depth < 0);
                handle.classList.toggle("ic-light-dimmed", !lamp.on);
                setAttribute(handle, "aria-pressed", selected);
                setAttribute(handle, "aria-label", `${nameLamp(lamp, index)}: ${describe(lamp)}`);
            });
            const lamp = this.lamps[this.selected];
            const shown = [this.reach, this.track, ...this.grips.map((grip) => grip.element)];
            for (const part of shown) part.classList.toggle("ic-light-off", !lamp);
            if (!lamp || !this.geometry.width) return;
            const { geometry } = this;
            const lines = [[this.reach, geometry.drawReach(lamp)], [this.track, geometry.drawTrack()]];
            for (const [line, drawn] of lines) for (const path of line.children) setAttribute(path, "d", drawn);
            moveTo(this.reach, geometry.placeReach(lamp));
            moveTo(this.track, geometry.findTrack(lamp).middle);
            for (const grip of this.grips) moveTo(grip.element, grip.place(geometry, lamp));
        }

        /** Whether that is a lamp's handle. */
        has(element) {
            return this.holder.contains(element);
        }

        /** Put the keyboard onto a lamp. */
        focus(index) {
            this.handles[index].focus({ preventScroll: true });
        }

        listen() {
            const { element } = this;
            element.addEventListener("pointerdown", (event) => this.hold(event));
            element.addEventListener("pointermove", (event) => this.drag(event));
            element.addEventListener("lostpointercapture", (event) => {
                if (!this.held || event.pointerId !== this.held.pointer) return;
                this.held = null;
                this.editor.finish();
            });
            element.addEventListener("wheel", (event) => this.turnWheel(event), { passive: false });
            this.holder.addEventListener("contextmenu", (event) => {
                event.preventDefault();
                this.menu.open(this.findLamp(event.target));
            });
            this.holder.addEventListener("focusin", (event) => this.editor.select(this.handles.indexOf(event.target)));
        }

        /** The place of a pointer over the picture. */
        locate(event) {
            const box = this.element.getBoundingClientRect();
            return [event.clientX - box.left, event.clientY - box.top];
        }

        /** The lamp of a handle; -1 for none. */
        findLamp(target) {
            if (this.findGrip(target)) return this.selected;
            return this.handles.indexOf(target.closest(".ic-light-handle"));
        }

        findGrip(target) {
            return this.grips.find((grip) => grip.element === target);
        }

        /** What is held is dragged no more; what it has set until now waits to be set with what comes. */
        release() {
            this.held = null;
        }

        hold(event) {
            const index = this.findLamp(event.target);
            if (index < 0 || event.button !== 0 || this.held || this.editor.spot.findMode(event)) return;
            if (this.lamps[index].locked) {
                this.editor.select(index);
                return;
            }
            const lamp = this.lamps[index];
            const from = this.locate(event);
            const place = this.geometry.placeLamp(lamp);
            const off = [place[0] - from[0], place[1] - from[1]];
            this.held = { index, lamp, from, off, pointer: event.pointerId, grip: this.findGrip(event.target) };
            this.editor.select(index);
            this.focus(index);
            // The lamp has it, or the size: whatever is drawn anew meanwhile.
            this.element.setPointerCapture(event.pointerId);
            event.preventDefault();
        }

        drag(event) {
            if (!this.held || event.pointerId !== this.held.pointer) return;
            const { index, lamp, from, off, grip } = this.held;
            const [x, y] = this.locate(event);
            // Nothing has moved yet, or the lamps were exchanged meanwhile.
            if ((x === from[0] && y === from[1]) || (this.lamps[index] || {}).kind !== lamp.kind) return;
            const values = grip
                ? grip.drag(this.geometry, lamp, from, [x, y])
                : this.geometry.moveLamp(lamp, [x + off[0], y + off[1]], event.shiftKey);
            this.editor.adjust(index, values);
        }

        /** Over a lamp it changes the size, or with Shift the depth; elsewhere it moves the page. */
        turnWheel(event) {
            const index = this.findLamp(event.target);
            if (index < 0 || this.held) return;
            event.preventDefault();
            this.editor.select(index);
            // With Shift, browsers turn the other wheel.
            const turned = -(event.deltaY || event.deltaX) * WHEEL.factor;
            const { size, depth } = this.lamps[index];
            this.editor.adjust(index, event.shiftKey ? { depth: depth + turned } : { size: size * Math.exp(turned) });
            clearTimeout(this.quiet);
            this.quiet = setTimeout(() => this.held || this.editor.finish(), WHEEL.quiet);
        }
    }

    /** Dark below white, to be seen over any picture. */
    function createLine(name) {
        const { create } = window.ICLight.elements;
        return create("svg", { class: `ic-light-line ${name}`, "aria-hidden": "true" }, create("path"), create("path"));
    }

    function moveTo(handle, [x, y]) {
        window.ICLight.elements.setStyle(handle, "transform", `translate(${x}px, ${y}px)`);
    }

    function nameLamp(lamp, index) {
        const number = window.ICLight.elements.phrase("Lamp {}", index + 1);
        return lamp.name ? `${number}, ${lamp.name}` : number;
    }

    function describe(lamp) {
        const { phrase } = window.ICLight.elements;
        const percent = (share) => Math.round(share * 100);
        const place =
            lamp.kind === "side"
                ? phrase("side, {} degrees", Math.round(lamp.angle))
                : phrase("point, {} % from the left, {} % from the top", percent(lamp.x), percent(lamp.y));
        return [place, lamp.depth < 0 && phrase("behind"), !lamp.on && phrase("off")].filter(Boolean).join(", ");
    }

    window.ICLight = Object.assign(window.ICLight || {}, { LampHandles });
})();
