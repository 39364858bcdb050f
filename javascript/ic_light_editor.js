// The light editor: a subject with lamps over it, and the tools that change them.
//
// new ICLight.Editor(element, {presets, onChange, onMessage, proportion}) fills an empty block element; then
//   set(text, ambient)   takes lamps in text form and the ambient colour from outside
//   setSurface(surface)  takes how light falls: the options shading, roughness, specular and backdrop_light
//   open(base, key)      shows the subject that the server keeps under that key, of the routes below `base`
//   close(proportion)    shows none: the light map alone, its width by its height
//   dispose()            gives back what the browser has few of, and empties the element
// and onChange({lamps, ambient}) is called whenever a person has set something: not with every step of a drag, and not
// for what `set` was told. What a person can do stands in ic_light_actions.js. Nothing here knows of gradio.

(function () {
    "use strict";

    const DARK = "#000000";

    // The options' defaults, until they are told.
    const SURFACE = { shading: "form", roughness: 0.5, specular: 0.25, backdrop_light: 0.5 };

    // What an arrow key turns the dial by, in degrees; without and with Shift.
    const DIAL = [1, 15];

    class Editor {
        /**
         * @param {HTMLElement} element to be filled
         * @param {Object[]} presets {name, label, lamps, ambient}, lamps in text form
         * @param {function(Object)} onChange told {lamps, ambient}
         * @param {function(string)} onMessage told a sentence where something fails
         * @param {number} proportion of the picture where there is no subject, its width by its height
         */
        constructor(element, { presets = [], onChange = () => {}, onMessage = () => {}, proportion = 4 / 5 } = {}) {
            this.onChange = onChange;
            this.onMessage = onMessage;
            this.proportion = proportion;
            this.lamps = [];
            this.ambient = DARK;
            this.selected = 0;
            this.surface = SURFACE;
            this.view = "lit";
            this.opened = false;
            this.opening = 0;
            // What is being adjusted and not set yet, what waits for that, and whether it is by a key.
            this.pending = null;
            this.waiting = null;
            this.typed = false;
            this.history = new window.ICLight.History(this.values);
            this.build(element, presets.map((preset) => this.check(preset)).filter(Boolean));
        }

        build(element, presets) {
            const { Renderer, LightMap, LampHandles, LampForm, Toolbar, Help, elements } = window.ICLight;
            const { create } = elements;
            this.renderer = new Renderer({ onMessage: this.onMessage, onResize: () => this.draw() });
            this.lightMap = new LightMap();
            this.picture = create("div", { class: "ic-light-picture" }, this.renderer.canvas, this.lightMap.canvas);
            this.form = new LampForm(this);
            this.toolbar = new Toolbar(presets, this, this.form.element);
            const frame = create("div", { class: "ic-light-frame" }, this.picture);
            const view = create("div", { class: "ic-light-view" }, this.toolbar.bar, frame);
            this.root = create("div", { class: "ic-light-editor", tabindex: -1 }, view, this.toolbar.tools);
            this.root.addEventListener("keydown", (event) => this.pressKey(event));
            for (const end of ["keyup", "focusout"]) this.root.addEventListener(end, () => this.releaseKey());
            this.help = new Help(this.root, this);
            element.replaceChildren(this.root);
            this.handles = new LampHandles(this.picture, this);
            this.refresh();
        }

        /** "webgl2" or "server": who draws the lit picture. */
        get backend() {
            return this.renderer.backend;
        }

        /** How many pictures were drawn. */
        get frames() {
            return this.renderer.frames + this.lightMap.frames;
        }

        /** What `onChange` is told. */
        get values() {
            return { lamps: window.ICLight.lamps.write(this.lamps), ambient: this.ambient };
        }

        // What is told from outside.

        /** Show the subject of a key. Resolves to whether it is shown; not where another was opened since. */
        async open(base, key) {
            const opening = ++this.opening;
            const shown = await this.renderer.open(base, key);
            if (opening !== this.opening) return false;
            if (!shown) {
                this.close();
                return false;
            }
            this.opened = true;
            this.refresh();
            return true;
        }

        close(proportion = this.proportion) {
            this.opening++;
            this.proportion = proportion;
            this.opened = false;
            this.renderer.close();
            this.refresh();
        }

        /** Take these lamps. While a person adjusts one they wait, and are forgotten where it is set otherwise. */
        set(text, ambient = this.ambient) {
            const values = this.check({ lamps: text, ambient });
            if (!values) return;
            if (this.pending) {
                this.waiting = values;
            } else if (!isSame(values, this.values)) {
                this.assign(values);
                this.history.record(this.values);
                this.refresh();
            }
        }

        /** No value of the lamps': it is not told, and not undone. */
        setSurface(surface) {
            this.surface = surface;
            this.draw();
        }

        dispose() {
            this.opening++;
            this.lightMap.hide();
            this.handles.dispose();
            this.renderer.dispose();
            this.root.remove();
        }

        /** These values as `onChange` would be told them, or null and a sentence. */
        check({ lamps, ambient = DARK, ...rest }) {
            const { parse, write, checkColour } = window.ICLight.lamps;
            try {
                return { ...rest, lamps: write(parse(lamps)), ambient: checkColour(ambient, "ambient_color") };
            } catch (error) {
                this.onMessage(error.message);
                return null;
            }
        }

        // What a person does, told by actions, handles and tools.

        select(index) {
            if (index < 0 || index === this.selected) return;
            this.finish();
            this.selected = index;
            this.refresh();
        }

        /** A lamp takes other values, and is not set yet. */
        adjust(index, values, inSteps = false) {
            if (!this.lamps[index]) return;
            this.begin(index, values);
            this.replace(index, values, inSteps);
            this.refresh();
        }

        adjustAmbient(ambient) {
            this.begin(-1, {});
            this.ambient = ambient;
            this.refresh();
        }

        moveSelected(way, far) {
            const { step } = window.ICLight.lamps;
            this.adjust(this.selected, step(this.lamps[this.selected], way, far), true);
        }

        turnSelected([right, down], far) {
            const { angle } = this.lamps[this.selected];
            const by = DIAL[Number(far)] * (right - down);
            this.adjust(this.selected, { angle: window.ICLight.lamps.turn(angle, by) }, true);
        }

        adjustSelectedBy(key, by) {
            this.adjust(this.selected, { [key]: this.lamps[this.selected][key] + by }, true);
        }

        /** A value that is set at once. */
        setSelected(values) {
            this.adjust(this.selected, values);
            this.finish();
        }

        begin(index, values) {
            if (this.pending && this.pending.index !== index) this.finish();
            this.pending = { index, values: { ...(this.pending || {}).values, ...values } };
        }

        replace(index, values, inSteps) {
            const { change } = window.ICLight.lamps;
            this.lamps = this.lamps.map((lamp, i) => (i === index ? change(lamp, values, inSteps) : lamp));
        }

        /** What was adjusted is set. */
        finish() {
            if (!this.pending) return;
            const { index, values } = this.pending;
            const { waiting } = this;
            this.pending = this.waiting = null;
            if (index >= 0) {
                const lamp = this.lamps[index];
                this.replace(index, Object.fromEntries(Object.keys(values).map((key) => [key, lamp[key]])), true);
            }
            if (!this.commit() && waiting) this.set(waiting.lamps, waiting.ambient);
        }

        add(kind) {
            this.append(window.ICLight.lamps.makeApart(kind, this.lamps));
        }

        duplicate() {
            this.append(window.ICLight.lamps.makeBeside(this.lamps[this.selected]));
        }

        append(lamp) {
            this.finish();
            this.lamps = [...this.lamps, lamp];
            this.selected = this.lamps.length - 1;
            this.commit();
        }

        remove() {
            this.finish();
            this.lamps = this.lamps.filter((_, i) => i !== this.selected);
            this.selected = Math.max(Math.min(this.selected, this.lamps.length - 1), 0);
            this.commit();
        }

        applyPreset(preset) {
            this.finish();
            this.assign(preset);
            this.commit();
        }

        setView(view) {
            this.view = view;
            this.refresh();
        }

        undo() {
            this.moveInHistory(-1);
        }

        redo() {
            this.moveInHistory(1);
        }

        pressKey(event) {
            const found = window.ICLight.actions.find(event, this.findFocus(event.target));
            if (!found) return;
            window.ICLight.actions.run(found.action, this, found.told);
            this.typed = true;
            // Hosts have keys of their own.
            event.preventDefault();
            event.stopPropagation();
        }

        /** What was adjusted by a key is set; what a pointer holds is not. */
        releaseKey() {
            if (this.typed && !this.handles.held) this.finish();
            this.typed = false;
        }

        /** What a key is for. A lamp that a pointer holds takes none. */
        findFocus(element) {
            if (this.help.has(element)) return "help";
            if (element === this.form.dial) return "dial";
            return this.handles.has(element) && !this.handles.held ? "lamp" : "editor";
        }

        // Values.

        assign({ lamps, ambient }) {
            this.lamps = window.ICLight.lamps.parse(lamps);
            this.ambient = ambient;
            this.selected = Math.max(Math.min(this.selected, this.lamps.length - 1), 0);
        }

        /** Whether there is something to tell, which is told. */
        commit() {
            const isOther = !isSame(this.values, this.history.current);
            if (isOther) this.history.record(this.values);
            this.refresh();
            if (isOther) this.onChange(this.values);
            return isOther;
        }

        moveInHistory(by) {
            if (this.pending) return;
            this.assign(this.history.move(by));
            this.refresh();
            this.onChange(this.values);
        }

        // What is seen.

        refresh() {
            const { root } = this;
            const focused = root.getRootNode().activeElement;
            const onLamp = this.handles.has(focused);
            this.handles.show(this.lamps, this.selected);
            this.toolbar.show();
            this.form.show();
            // The keyboard stays in here, and with the lamp that is selected.
            if (onLamp && this.lamps.length) this.handles.focus(this.selected);
            else if (onLamp || (root.contains(focused) && focused.disabled)) root.focus({ preventScroll: true });
            this.draw();
        }

        /** The view as it can be: nothing is lit without a subject. */
        get shownView() {
            return this.opened ? this.view : "map";
        }

        draw() {
            const { describeLight, UNLIT } = window.ICLight;
            const lit = this.shownView === "lit";
            const proportion = (this.opened && this.renderer.proportion) || this.proportion;
            window.ICLight.elements.setStyle(this.picture, "--ic-light-proportion", proportion);
            this.picture.classList.toggle("ic-light-empty", !this.opened);
            this.picture.classList.toggle("ic-light-mapped", !lit);
            if (lit) this.lightMap.hide();
            else this.lightMap.show(this.lamps, this.ambient, proportion);
            // Below the map the subject stands in its own light, whatever the lamps.
            this.renderer.show(lit ? describeLight(this.lamps, this.ambient, this.surface) : UNLIT);
        }
    }

    const isSame = (one, other) => one.lamps === other.lamps && one.ambient === other.ambient;

    window.ICLight = Object.assign(window.ICLight || {}, { Editor });
})();
