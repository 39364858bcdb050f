// The mixer of a light stage: its picture, its lamps, the whole's exposure, curve and white, and snapshots.
//
// new ICLight.StageMixer(place, tables, acts, say) fills a place; open(head, pixels) takes a basis. `tables` has gels and
// temperatures, `acts` what is done with a mix elsewhere: pairs of a button's label and title, and a function; `say`
// takes a sentence for a person.

(function () {
    "use strict";

    const RANGES = [
        ["exposure", "Exposure", -8, 8, 0.05],
        ["white_kelvin", "White in kelvin", 2500, 12000, 50],
        ["white_tint", "Tint", -1, 1, 0.02],
    ];

    class StageMixer {
        constructor(place, tables, acts, say) {
            const { create, createButton, createWord, createSpace, createRow, namePicture } = window.ICLight.elements;
            this.tables = tables;
            this.mix = this.first = this.history = this.frame = null;
            this.shown = create("canvas", { class: "ic-light-stage-picture" });
            namePicture(this.shown, "The subject in the mixed light");
            this.canvas = new window.ICLight.StageCanvas(this.shown);
            this.shown.addEventListener("restored", () => this.show());
            this.rows = new window.ICLight.StageRows(this);
            this.panorama = new window.ICLight.StagePanorama(this);
            this.snapshots = new window.ICLight.StageSnapshots(this, say);
            const make = (label, title, act) => createButton(title, act, createWord(label));
            const { changeAll } = window.ICLight.stageMix;
            this.undo = make("Undo", "Undo", () => this.move(-1));
            this.redo = make("Redo", "Redo", () => this.move(1));
            const all = [
                make("All on", "Switch on every lamp that is not locked", () => this.set(changeAll(this.mix, { on: true, solo: false }))),
                make("All off", "Switch off every lamp that is not locked", () => this.set(changeAll(this.mix, { on: false, solo: false }))),
                make("Reset", "The mix to begin with", () => this.set(this.first)),
            ];
            this.ranges = RANGES.map((range) => this.createRange(...range));
            this.filmic = make("Filmic", "A tone curve that keeps what is bright from being cut off", () =>
                this.set({ ...this.mix, curve: this.mix.curve === "filmic" ? "none" : "filmic" }));
            const buttons = acts.map(([label, title, act]) => make(label, title, act));
            const inside = create(
                "div",
                { class: "ic-light-stage-tools" },
                createRow(...all, createSpace(), this.undo, this.redo),
                this.rows.element,
                ...this.ranges.map(({ row }) => row),
                createRow(this.filmic),
                this.panorama.element,
                this.snapshots.element,
                create("div", { class: "ic-light-row ic-light-stage-acts" }, ...buttons),
            );
            this.element = create("div", { class: "ic-light-editor ic-light-stage-mixer" }, this.shown, inside);
            place.replaceChildren(this.element);
        }

        createRange(key, label, low, high, step) {
            const act = (number) => this.set({ ...this.mix, [key]: number }, false);
            return { key, ...window.ICLight.elements.createSlider(label, { low, high, step }, act, () => this.record()) };
        }

        open(head, pixels) {
            this.head = head;
            this.canvas.load({ ...head, count: head.lamps.length, pixels });
            this.mix = this.first = head.mix;
            this.history = new window.ICLight.History(this.mix);
            // Its light was divided among other lamps.
            this.panorama.close();
            this.show();
            this.snapshots.draw();
        }

        /** Another mix, and a step to go back from where it is one. */
        set(mix, isStep = true) {
            this.mix = mix;
            if (isStep) this.record();
            this.show();
        }

        record() {
            if (this.history.current === this.mix) return;
            this.history.record(this.mix);
            this.show();
        }

        move(by) {
            if (by < 0 ? this.history.canUndo : this.history.canRedo) {
                this.mix = this.history.move(by);
                this.show();
            }
        }

        /** What is locked stays as it is, and is no step. */
        changeLamp(index, values, isStep = true) {
            const isOpen = !this.mix.lamps[index].lock || "lock" in values;
            this.set(isOpen ? window.ICLight.stageMix.change(this.mix, index, values) : this.mix, isStep);
        }

        /** With the next frame: a drag changes it more often than it is seen. */
        show() {
            this.frame ??= requestAnimationFrame(() => {
                this.frame = null;
                this.draw(this.mix);
                this.rows.show(this.mix);
                this.panorama.show(this.mix);
                this.showWhole();
            });
        }

        draw(mix) {
            const weights = window.ICLight.stageMix.weigh(mix, this.tables);
            this.canvas.draw(weights.map((light) => light.map((part) => part * this.head.white)), mix.curve);
        }

        showWhole() {
            const { setAttribute } = window.ICLight.elements;
            for (const { key, show } of this.ranges) show(this.mix[key], key === "white_kelvin" ? `${this.mix[key]} K` : "");
            setAttribute(this.filmic, "aria-pressed", this.mix.curve === "filmic");
            this.undo.disabled = !this.history.canUndo;
            this.redo.disabled = !this.history.canRedo;
        }

        /** The mixed picture as a PNG. */
        toBlob() {
            this.draw(this.mix);
            return new Promise((done) => this.shown.toBlob(done, "image/png"));
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { StageMixer });
})();
