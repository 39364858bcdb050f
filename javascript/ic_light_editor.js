// The light editor: a subject with lamps over it, and the tools that change them.
//
// new ICLight.Editor(element, {presets, setups, onChange, onMessage, outputs, ...}) fills an empty block element; then
//   set(text, ambient)   takes lamps in text form and the ambient colour from outside
//   follow(text, ambient)   takes of what the page's controls have what others than the editor have set there
//   setSurface(surface)  takes how light falls, and the shadow: the options of SURFACE, shadow_softness and shadow_color
//   open(base, key)      shows the subject that the server keeps under that key, of the routes below `base`
//   close(proportion)    shows none: the light map alone, its width by its height
//   dispose()            gives back what the browser has few of, and empties the element
// and onChange({lamps, ambient}) is called whenever a person has set something: not with every step of a drag, and not
// for what `set` was told. What a person can do stands in ic_light_actions.js. Nothing here knows of gradio.

(function () {
    "use strict";

    const DARK = "#000000";

    // The options' defaults, until they are told.
    const SURFACE = { shading: "form", roughness: 0.5, specular: 0.25, backdrop_light: 0.5, shadow: 0 };

    class Editor {
        /**
         * @param {HTMLElement} element to be filled
         * @param {Object[]} presets {name, label, lamps, ambient}, lamps in text form
         * @param {Object[]} gels {label, color}
         * @param {Object} temperatures lib_iclight/light/temperature.py's table
         * @param {function(Object)} onChange told {lamps, ambient}
         * @param {function(string)} onMessage told a sentence where something fails
         * @param {?function(Blob)} onMatte told the subject's mask that was painted; nothing offers that without
         * @param {?PanelPlace} placer takes where the subject is placed; nothing offers that without
         * @param {Object} setups what a file of set-ups can have: lib_iclight/request/setups.py's description
         * @param {Outputs} outputs takes the light elsewhere; nothing offers that without
         * @param {number} proportion of the picture where there is no subject, its width by its height
         */
        constructor(element, options = {}) {
            const { presets = [], gels = [], temperatures = null, proportion = 4 / 5 } = options;
            const { onChange = () => {}, onMessage = () => {}, onMatte = null, placer = null } = options;
            const { outputs = null, setups = null } = options;
            Object.assign(this, { onMatte, placer, outputs, setups, onMessage, proportion, surface: SURFACE, view: "lit" });
            this.echoes = new window.ICLight.Echoes();
            this.onChange = (values) => {
                this.echoes.expect(values);
                onChange(values);
            };
            Object.assign(this, { lamps: [], ambient: DARK, selected: 0, opening: 0 });
            this.before = this.opened = this.isFollowing = false;
            // What is being adjusted and not set yet, and what waits for that.
            this.pending = this.waiting = null;
            this.history = new window.ICLight.History(this.state);
            this.build(element, presets.map((preset) => this.check(preset)).filter(Boolean), { gels, temperatures });
        }

        build(element, presets, colours) {
            const { Renderer, LightMap, LampHandles, LampForm, Toolbar, Help } = window.ICLight;
            const { create, namePicture } = window.ICLight.elements;
            this.renderer = new Renderer({ onMessage: this.onMessage, onResize: () => this.draw() });
            this.lightMap = new LightMap();
            const canvases = [this.renderer, this.lightMap].map(({ canvas }) => canvas);
            ["The subject in the light of the lamps", "Light map"].forEach((label, i) => namePicture(canvases[i], label));
            this.picture = create("div", { class: "ic-light-picture" }, ...canvases);
            this.form = new LampForm(this, colours);
            this.toolbar = new Toolbar(presets, this, this.form.element);
            const frame = create("div", { class: "ic-light-frame" }, this.picture);
            const view = create("div", { class: "ic-light-view" }, this.toolbar.bar, frame);
            this.root = create("div", { class: "ic-light-editor", tabindex: -1 }, view, this.toolbar.tools);
            this.help = new Help(this.root, this);
            element.replaceChildren(this.root);
            this.handles = new LampHandles(this.picture, this);
            this.spot = new window.ICLight.Spot(this.picture, this);
            this.matte = new window.ICLight.MatteEditor(this);
            this.placing = new window.ICLight.PlaceEditor(this);
            this.keyboard = new window.ICLight.Keyboard(this.root, this);
            this.refresh();
        }

        /** "webgl2" or "server": who draws the lit picture. */
        get backend() {
            return this.renderer.backend;
        }

        /** What the subject is drawn from in this browser; null where there is none, or the server draws. */
        get scene() {
            return (this.opened && this.renderer.drawer.opened) || null;
        }

        /** What is edited over the picture: the matte, or where the subject lies; null where lamps are. */
        get mode() {
            return [this.matte, this.placing].find((mode) => mode?.isOn) || null;
        }

        /** How many pictures were drawn. */
        get frames() {
            return this.renderer.frames + this.lightMap.frames;
        }

        /** What is undone: also what the browser alone knows of the lamps. */
        get state() {
            return { ...this.values, notes: window.ICLight.notes.write(this.lamps) };
        }

        /** What `onChange` is told. */
        get values() {
            return { lamps: window.ICLight.lamps.write(this.lamps), ambient: this.ambient };
        }

        // What is told from outside.

        /** Show the subject of a key. Resolves to whether it is shown; not where another was opened since.
         * @param {string} whole the key of the same subject before it was placed */
        async open(base, key, whole = key) {
            const opening = ++this.opening;
            const shown = await this.renderer.open(base, key);
            if (opening !== this.opening) return false;
            if (!shown) {
                this.close();
                return false;
            }
            Object.assign(this, { opened: true, whole });
            this.refresh();
            return true;
        }

        close(proportion = this.proportion) {
            this.opening++;
            Object.assign(this, { proportion, opened: false });
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
                this.assign({ ...values, notes: this.state.notes });
                this.history.record(this.state);
                this.refresh();
            }
        }

        /** No value of the lamps': it is not told, and not undone. */
        setSurface(surface) {
            this.surface = surface;
            this.refresh();
        }

        /** The page's controls have these values. */
        follow(text, ambient) {
            const values = this.check({ lamps: text, ambient });
            if (!values) return;
            const news = this.echoes.findNews(values);
            if (Object.keys(news).length) this.set(news.lamps ?? this.values.lamps, news.ambient);
            // What a page begins with is no step: undone, it would be no light at all.
            if (this.isFollowing) return;
            Object.assign(this, { isFollowing: true, history: new window.ICLight.History(this.state) });
            this.refresh();
        }

        dispose() {
            this.opening++;
            this.lightMap.hide();
            this.handles.dispose();
            this.toolbar.cards.dispose();
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
            if (!this.lamps[index] || this.lamps[index].locked) return;
            this.begin(index, values);
            this.replace(index, values, inSteps);
            this.refresh();
        }

        adjustAmbient(ambient) {
            this.begin(-1, {});
            this.ambient = ambient;
            this.refresh();
        }

        /** Other lamps, set at once; those that are locked too. */
        changeLamps(change) {
            this.finish();
            this.lamps = this.lamps.map(change);
            this.commit();
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
            if (this.lamps[this.selected].locked) return;
            this.lamps = this.lamps.filter((_, i) => i !== this.selected);
            this.selected = Math.max(Math.min(this.selected, this.lamps.length - 1), 0);
            this.commit();
        }

        applyPreset(preset) {
            this.finish();
            this.assign(preset);
            this.commit();
        }

        /** The subject in its own light, as long as that is held. */
        showBefore(before) {
            if (before === this.before) return;
            this.before = before;
            this.refresh();
        }

        setView(view) {
            this.view = view;
            this.refresh();
        }

        // Values.

        assign({ lamps, ambient, notes = "[]" }) {
            this.lamps = window.ICLight.notes.add(window.ICLight.lamps.parse(lamps), notes);
            this.ambient = ambient;
            this.selected = Math.max(Math.min(this.selected, this.lamps.length - 1), 0);
        }

        /** Whether there is something to tell, which is told. */
        commit() {
            const isOther = !isSame(this.values, this.history.current);
            if (isOther || this.state.notes !== this.history.current.notes) this.history.record(this.state);
            this.refresh();
            if (isOther) this.onChange(this.values);
            return isOther;
        }

        moveInHistory(by) {
            if (this.pending) return;
            const before = this.values;
            this.assign(this.history.move(by));
            this.refresh();
            if (!isSame(this.values, before)) this.onChange(this.values);
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
            this.matte.show();
            this.placing.show();
        }

        /** The view as it can be: nothing is lit without a subject. */
        get shownView() {
            return this.opened ? this.view : "map";
        }

        /** The picture's width by its height. */
        get shownProportion() {
            return this.mode?.proportion || (this.opened && this.renderer.proportion) || this.proportion;
        }

        draw() {
            const { describeLight, UNLIT } = window.ICLight;
            const lit = this.shownView === "lit";
            const proportion = this.shownProportion;
            window.ICLight.elements.setStyle(this.picture, "--ic-light-proportion", proportion);
            this.picture.classList.toggle("ic-light-empty", !this.opened);
            this.picture.classList.toggle("ic-light-mapped", !lit);
            if (lit) this.lightMap.hide();
            else this.lightMap.show(this.lamps, this.ambient, proportion);
            // Below the map the subject stands in its own light, whatever the lamps.
            this.renderer.show(lit && !this.before ? describeLight(this.lamps, this.ambient, this.surface) : UNLIT);
        }
    }

    const isSame = (one, other) => one.lamps === other.lamps && one.ambient === other.ambient;

    window.ICLight = Object.assign(window.ICLight || {}, { Editor });
})();
