// The light editor: a subject with lamps over it, and the tools that change them.
//
// new ICLight.Editor(element, {presets, changed, said, proportion}) fills an empty block element; then
//   set(text, ambient)   takes lamps in text form and the ambient colour from outside
//   open(base, key)      shows the subject that the server keeps under that key, of the routes below `base`
//   close(proportion)    shows none: the light map alone, its width by its height
//   dispose()            gives back what the browser has few of, and empties the element
// and changed({lamps, ambient}) is called whenever a person has set something: not with every step of a drag, and not
// for what `set` was told. Nothing here knows of gradio.

(function () {
    "use strict";

    const SHORT_SIDE = 160;
    const MOST_STEPS = 200;
    const DARK = "#000000";
    const OWN_LIGHT = { lamps: [], ambient: "#ffffff" };

    // Where new lamps go: to the first place that none has yet.
    const FREE = {
        point: [[0.3, 0.25], [0.7, 0.25], [0.5, 0.5], [0.3, 0.75], [0.7, 0.75], [0.5, 0.1], [0.5, 0.9]],
        side: [180, 0, 90, 135, 45, 270, 225, 315],
    };
    const BESIDE = { place: 0.08, angle: 20 };

    class Editor {
        /**
         * @param {HTMLElement} element to be filled
         * @param {Object[]} presets {name, label, lamps, ambient}, lamps in text form
         * @param {function(Object)} changed told {lamps, ambient}
         * @param {function(string)} said told a sentence where something fails
         * @param {number} proportion of the stage without a subject, its width by its height
         */
        constructor(element, { presets = [], changed = () => {}, said = () => {}, proportion = 4 / 5 } = {}) {
            this.changed = changed;
            this.said = said;
            this.proportion = proportion;
            this.lamps = [];
            this.ambient = DARK;
            this.selected = 0;
            this.view = "lit";
            this.opened = false;
            this.order = 0;
            this.touched = null;
            this.waiting = null;
            this.steps = [this.told];
            this.step = 0;
            this.mapped = 0;
            this.due = 0;
            this.build(element, presets.map((preset) => this.kept(preset)).filter(Boolean));
        }

        build(element, presets) {
            const { Stage, Marks, Tools, made } = window.ICLight;
            this.stage = new Stage({ said: this.said, sized: () => this.fit() });
            this.map = made("canvas", { class: "ic-light-map" });
            this.ground = made("div", { class: "ic-light-stage" }, this.stage.canvas, this.map);
            this.tools = new Tools(presets, this);
            const frame = made("div", { class: "ic-light-frame" }, this.ground);
            const view = made("div", { class: "ic-light-view" }, this.tools.bar, frame);
            this.root = made("div", { class: "ic-light-editor", tabindex: -1 }, view, this.tools.panel);
            this.root.addEventListener("keydown", (event) => this.key(event));
            element.replaceChildren(this.root);
            this.marks = new Marks(this.ground, this);
            this.refresh();
        }

        /** "webgl2" or "server": who draws the lit picture. */
        get path() {
            return this.stage.path;
        }

        /** How many pictures were drawn. */
        get frames() {
            return this.stage.frames + this.mapped;
        }

        /** What `changed` is told. */
        get told() {
            return { lamps: window.ICLight.lamps.write(this.lamps), ambient: this.ambient };
        }

        // What is told from outside.

        /** Show the subject of a key. Resolves to whether it is shown; not where another was opened since. */
        async open(base, key) {
            const order = ++this.order;
            const shown = await this.stage.open(base, key);
            if (order !== this.order) return false;
            if (!shown) {
                this.close();
                return false;
            }
            this.opened = true;
            this.refresh();
            return true;
        }

        close(proportion = this.proportion) {
            this.order++;
            this.proportion = proportion;
            this.opened = false;
            this.stage.close();
            this.refresh();
        }

        /** Take these lamps. While a person holds one they wait, and are forgotten where it is set otherwise. */
        set(text, ambient = this.ambient) {
            const kept = this.kept({ lamps: text, ambient });
            if (!kept) return;
            if (this.touched) {
                this.waiting = kept;
            } else if (!same(kept, this.told)) {
                this.adopt(kept);
                this.keep();
                this.refresh();
            }
        }

        dispose() {
            cancelAnimationFrame(this.due);
            this.order++;
            this.marks.dispose();
            this.stage.dispose();
            this.root.remove();
        }

        /** These values as they would be told, or null and a sentence. */
        kept({ lamps, ambient = DARK, ...rest }) {
            const { parse, write, colour } = window.ICLight.lamps;
            try {
                return { ...rest, lamps: write(parse(lamps)), ambient: colour(ambient, "ambient_color") };
            } catch (error) {
                this.said(error.message);
                return null;
            }
        }

        // What a person does, told by the marks and the tools.

        select(index) {
            if (index < 0 || index === this.selected) return;
            this.letGo();
            this.selected = index;
            this.refresh();
        }

        /** A lamp takes other values, and is not set yet. */
        hold(index, values) {
            if (!this.lamps[index]) return;
            this.touch(values, index);
            this.replace(index, values);
            this.refresh();
        }

        holdAmbient(ambient) {
            this.touch({}, -1);
            this.ambient = ambient;
            this.refresh();
        }

        touch(values, index) {
            if (this.touched && this.touched.index !== index) this.letGo();
            this.touched = { index, keys: { ...(this.touched || {}).keys, ...values } };
        }

        replace(index, values, set) {
            const { changed } = window.ICLight.lamps;
            this.lamps = this.lamps.map((lamp, i) => (i === index ? changed(lamp, values, set) : lamp));
        }

        /** What was held is set. */
        letGo() {
            if (!this.touched) return;
            const { index, keys } = this.touched;
            const { waiting } = this;
            this.touched = this.waiting = null;
            if (index >= 0) {
                const lamp = this.lamps[index];
                this.replace(index, Object.fromEntries(Object.keys(keys).map((key) => [key, lamp[key]])), true);
            }
            if (!this.commit() && waiting) this.set(waiting.lamps, waiting.ambient);
        }

        add(kind) {
            const { make } = window.ICLight.lamps;
            const places = FREE[kind].map((at) => (kind === "side" ? { angle: at } : { x: at[0], y: at[1] }));
            const taken = (place) => this.lamps.some((lamp) => lamp.kind === kind && near(lamp, place));
            this.append(make(kind, places.find((place) => !taken(place)) || places[0]));
        }

        duplicate(index = this.selected) {
            const lamp = this.lamps[index];
            const beside = (value) => value + (value > 1 - BESIDE.place ? -BESIDE.place : BESIDE.place);
            const values =
                lamp.kind === "side"
                    ? { angle: (lamp.angle + BESIDE.angle) % 360 }
                    : { x: beside(lamp.x), y: beside(lamp.y) };
            this.append(window.ICLight.lamps.changed(lamp, values, true));
        }

        append(lamp) {
            if (this.lamps.length >= window.ICLight.lamps.MOST) return;
            this.letGo();
            this.lamps = [...this.lamps, lamp];
            this.selected = this.lamps.length - 1;
            this.commit();
        }

        remove(index = this.selected) {
            this.letGo();
            this.lamps = this.lamps.filter((_, i) => i !== index);
            this.selected = Math.max(Math.min(index, this.lamps.length - 1), 0);
            this.commit();
        }

        preset(preset) {
            this.letGo();
            this.adopt(preset);
            this.commit();
        }

        look(view) {
            this.view = view;
            this.refresh();
        }

        undo() {
            this.go(this.step - 1);
        }

        redo() {
            this.go(this.step + 1);
        }

        key(event) {
            const key = event.key.toLowerCase();
            if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return;
            event.preventDefault();
            event.stopPropagation();
            if (key === "y" || event.shiftKey) this.redo();
            else this.undo();
        }

        // Steps.

        adopt({ lamps, ambient }) {
            this.lamps = window.ICLight.lamps.parse(lamps);
            this.ambient = ambient;
            this.selected = Math.max(Math.min(this.selected, this.lamps.length - 1), 0);
        }

        keep() {
            this.steps = [...this.steps.slice(0, this.step + 1), this.told].slice(-MOST_STEPS);
            this.step = this.steps.length - 1;
        }

        /** Whether there is something to tell, which is told. */
        commit() {
            const other = !same(this.told, this.steps[this.step]);
            if (other) this.keep();
            this.refresh();
            if (other) this.changed(this.told);
            return other;
        }

        go(step) {
            if (this.touched || !this.steps[step]) return;
            this.step = step;
            this.adopt(this.steps[step]);
            this.refresh();
            this.changed(this.told);
        }

        // What is seen.

        refresh() {
            const { root } = this;
            const focused = root.getRootNode().activeElement;
            const onLamp = this.marks.has(focused);
            this.marks.show(this.lamps, this.selected);
            this.tools.show({
                told: this.told,
                lamps: this.lamps,
                selected: this.selected,
                view: this.shows,
                opened: this.opened,
                undoable: this.step > 0,
                redoable: this.step < this.steps.length - 1,
            });
            // The keyboard stays in here, and with the lamp that is chosen.
            if (onLamp && this.lamps.length) this.marks.focus(this.selected);
            else if (onLamp || (root.contains(focused) && focused.disabled)) root.focus({ preventScroll: true });
            this.fit();
            this.light();
        }

        /** The view as it can be: nothing is lit without a subject. */
        get shows() {
            return this.opened ? this.view : "map";
        }

        /** As wide by its height as what is shown. */
        fit() {
            const proportion = (this.opened && this.stage.proportion) || this.proportion;
            if (proportion === this.fitted) return;
            this.fitted = proportion;
            this.ground.style.setProperty("--ic-light-proportion", proportion);
            this.redrawMap();
        }

        light() {
            this.ground.classList.toggle("ic-light-empty", !this.opened);
            this.ground.classList.toggle("ic-light-mapped", this.shows === "map");
            const lit = this.shows === "lit";
            if (!lit) this.redrawMap();
            // Below the map the subject stands in its own light, whatever the lamps.
            if (lit || this.under !== OWN_LIGHT) this.stage.show(described(lit ? this : OWN_LIGHT));
            this.under = lit ? null : OWN_LIGHT;
        }

        redrawMap() {
            if (!this.due) this.due = requestAnimationFrame(() => this.drawMap());
        }

        drawMap() {
            this.due = 0;
            if (this.shows !== "map") return;
            const { lightMap } = window.ICLight;
            const scale = SHORT_SIDE / Math.min(this.fitted, 1);
            const [width, height] = [Math.round(scale * this.fitted), Math.round(scale)];
            const map = new ImageData(lightMap(this.lamps, this.ambient, width, height), width, height);
            if (this.map.width !== width || this.map.height !== height) Object.assign(this.map, { width, height });
            this.map.getContext("2d").putImageData(map, 0, 0);
            this.mapped++;
        }
    }

    const same = (one, other) => one.lamps === other.lamps && one.ambient === other.ambient;

    function near(lamp, place) {
        if (lamp.kind === "point") return Math.hypot(lamp.x - place.x, lamp.y - place.y) < BESIDE.place;
        const turn = Math.abs(lamp.angle - place.angle) % 360;
        return Math.min(turn, 360 - turn) < BESIDE.angle;
    }

    /** What the stage is told of lamps: as this browser draws them, and as the server does, which refuses no lamps. */
    function described({ lamps, ambient }) {
        const { lighting, lamps: text } = window.ICLight;
        const light = lamps.length
            ? { light: "lamps", lamps: text.write(lamps) }
            : { light: "ambient", light_intensity: 0 };
        return { lighting: lighting(lamps, ambient), options: { ...light, ambient_color: ambient } };
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Editor });
})();
