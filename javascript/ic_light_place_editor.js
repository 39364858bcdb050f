// The mode of the light editor in which the subject is placed on the canvas of the picture to be made, and others with it.
//
// new ICLight.PlaceEditor(editor) makes nothing until it is entered: toggle() enters and leaves it. set(given) tells it what
// the page has: {width, height, place, background}. What a person has placed is told to the light editor's `placer`
// (ic_light_panel_place.js); what a person can do stands in ic_light_place_actions.js.

(function () {
    "use strict";

    const MOST = 8;

    // What a key moves by, of the canvas, and turns by, in degrees; without and with Shift. What it scales by.
    const STRIDE = [0.01, 0.1];
    const TURN = 1;
    const GROWTH = 1.05;

    // How large a picture is that is added, of what shows all of it.
    const ADDED = 0.5;

    class PlaceEditor {
        constructor(editor) {
            this.editor = editor;
            this.shell = new window.ICLight.EditorMode(editor, this);
            this.view = this.form = this.given = this.key = null;
            // {key, cutout, place}, the lowest first: the panel's own subject is the one of its key.
            this.subjects = [];
            this.selected = 0;
            this.history = new window.ICLight.History(this.state);
            // How far down it is, 0..1, and whether it acts.
            this.horizon = { at: 0.4, isOn: false };
            this.isBusy = false;
        }

        get isOn() {
            return this.shell.isOn;
        }

        get state() {
            return { subjects: this.subjects, selected: this.selected };
        }

        /** As lib_iclight/subject/fit.py has it: a side that is 0 has the subject's proportions. */
        get canvas() {
            const [columns, rows] = this.size;
            const width = this.given.width || Math.max(Math.round((columns * (this.given.height || rows)) / rows), 1);
            return [width, this.given.height || Math.max(Math.round((rows * width) / columns), 1)];
        }

        /** The picture's width by its height, while it is the canvas. */
        get proportion() {
            const [width, height] = this.canvas;
            return width / height;
        }

        get background() {
            return this.given.background;
        }

        get chosen() {
            return this.subjects[this.selected];
        }

        get hasRoom() {
            return this.subjects.length < MOST;
        }

        /** Whether there is nothing but the panel's own subject. */
        get isAlone() {
            return this.subjects.length === 1 && this.subjects[0].key === this.key;
        }

        /** The page has these values. */
        set(given) {
            const before = this.given;
            this.given = given;
            const isOther = before && !window.ICLight.placement.isSame(before.place, given.place);
            if (this.isOn && isOther) {
                this.subjects = this.subjects.map((one) => (one.key === this.key ? { ...one, place: given.place } : one));
                this.record();
            }
            this.editor.refresh();
        }

        findFocus(element) {
            if (element === this.view.horizon) return "horizon";
            return this.view.has(element) ? "placed" : "placing";
        }

        toggle() {
            if (this.isOn) this.cancel();
            else this.enter().catch((error) => this.editor.onMessage(error.message));
        }

        async enter() {
            const { shell, editor } = this;
            const { key } = shell;
            const { whole } = editor;
            const scene = await shell.fetchScene();
            if (editor.mode || key !== shell.key) return;
            Object.assign(this, { key, whole, size: scene.head.size });
            const cutout = window.ICLight.placement.createCutout(scene);
            Object.assign(this, { subjects: [{ key, cutout, place: this.given.place }], selected: 0 });
            this.history = new window.ICLight.History(this.state);
            this.view ||= new window.ICLight.PlaceView(this);
            this.form ||= new window.ICLight.PlaceForm(this, editor.toolbar);
            if (this.background) shell.ground = "picture";
            else if (shell.ground === "picture") shell.ground = "checker";
            shell.enter();
            this.view.focus();
        }

        cancel() {
            this.view.release();
            this.shell.leave();
        }

        /** Where the subject lies is told; several become one picture. */
        async finish() {
            this.record();
            const { placer } = this.editor;
            if (this.isAlone) {
                this.shell.leave();
                placer.take(this.subjects[0].place);
                return;
            }
            await this.work(async () => {
                const picture = await this.compose();
                this.shell.leave();
                await placer.giveComposed(picture);
            });
        }

        async compose() {
            const [base] = this.editor.renderer.opened;
            const keys = this.subjects.map(({ key }) => (key === this.key ? this.whole : key));
            const subjects = this.subjects.map(({ place }) =>
                Object.fromEntries(Object.entries(place).map(([name, value]) => [`foreground_${name}`, value])),
            );
            const [width, height] = this.canvas;
            const headers = { "Content-Type": "application/json" };
            const request = { method: "POST", headers, body: JSON.stringify({ width, height, subjects }) };
            const answer = await window.ICLight.fetchAnswer(`${base}compose/${keys.join(",")}`, request);
            const bytes = Uint8Array.from(atob((await answer.json()).image), (letter) => letter.charCodeAt(0));
            return new Blob([bytes], { type: "image/png" });
        }

        /** One thing that the server is asked at a time. */
        async work(act) {
            if (this.isBusy) return;
            this.isBusy = true;
            this.editor.refresh();
            try {
                await act();
                this.editor.onMessage("");
            } catch (error) {
                this.editor.onMessage(error.message);
            } finally {
                this.isBusy = false;
                this.editor.refresh();
            }
        }

        /** Show what the light editor has. Another picture ends the mode. */
        show() {
            if (!this.isOn) return;
            if (this.key !== this.shell.key) {
                this.cancel();
                return;
            }
            this.form.show();
            this.view.show(this.shell.ground, this.editor);
        }

        // What a person does.

        select(index) {
            if (index === this.selected || !this.subjects[index]) return;
            this.record();
            this.selected = index;
            this.editor.refresh();
        }

        /** The chosen subject lies elsewhere; that is no step yet. */
        adjust(values) {
            const place = window.ICLight.placement.limit({ ...this.chosen.place, ...values });
            this.subjects = this.subjects.map((one, i) => (i === this.selected ? { ...one, place } : one));
            this.editor.refresh();
        }

        /** By pixels of the canvas, from a place that it had. */
        move(by, from = this.chosen.place) {
            const horizon = this.horizon.isOn ? this.horizon.at * this.canvas[1] : null;
            this.adjust(window.ICLight.placement.move(this.chosen.cutout, from, this.canvas, by, horizon));
        }

        step([right, down], far) {
            const stride = STRIDE[Number(far)];
            this.move([right * stride * this.canvas[0], down * stride * this.canvas[1]]);
        }

        grow(by, from = this.chosen.place) {
            this.adjust({ scale: from.scale * by });
        }

        growBy(direction) {
            this.grow(GROWTH ** direction);
        }

        turn(degrees, from = this.chosen.place) {
            this.adjust({ rotation: window.ICLight.placement.wrap(from.rotation + degrees) });
        }

        turnBy(direction) {
            this.turn(TURN * direction);
        }

        /** At once. */
        put(place) {
            this.adjust(place);
            this.record();
        }

        fit() {
            this.put(window.ICLight.placement.contain(this.chosen.cutout, this.canvas));
        }

        reset() {
            Object.assign(this, this.history.steps[0]);
            this.record();
        }

        moveHorizon(at) {
            this.horizon.at = window.ICLight.lamps.clamp(at, 0, 1);
            this.editor.refresh();
        }

        toggleHorizon() {
            this.horizon.isOn = !this.horizon.isOn;
            this.editor.refresh();
        }

        add(file) {
            if (!this.hasRoom) return;
            this.work(async () => {
                const key = await this.editor.placer.add(file);
                const { placement } = window.ICLight;
                const cutout = placement.createCutout(await this.shell.fetchScene(key));
                if (!this.isOn) return;
                const { scale } = placement.contain(cutout, this.canvas);
                const place = placement.round({ ...placement.COVER, scale: scale * ADDED });
                this.subjects = [...this.subjects, { key, cutout, place }];
                this.selected = this.subjects.length - 1;
                this.record();
                this.view.focus();
            });
        }

        remove() {
            this.subjects = this.subjects.filter((_, i) => i !== this.selected);
            this.selected = Math.max(this.selected - 1, 0);
            this.record();
            this.view.focus();
        }

        /** What a key has done is done. */
        release() {
            if (this.isOn && !this.view.isHeld) this.record();
        }

        /** What is adjusted is a step that can be undone. */
        record() {
            const { placement } = window.ICLight;
            this.subjects = this.subjects.map((one) => ({ ...one, place: placement.round(one.place) }));
            const before = this.history.current.subjects;
            const isSame = (one, i) => before[i] && one.key === before[i].key && placement.isSame(one.place, before[i].place);
            const isOther = before.length !== this.subjects.length || !this.subjects.every(isSame);
            if (isOther) this.history.record(this.state);
            this.editor.refresh();
        }

        moveInHistory(by) {
            if (this.view.isHeld) return;
            Object.assign(this, this.history.move(by));
            this.editor.refresh();
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { PlaceEditor });
})();
