// A panorama that lights a stage's mixer: it is turned by dragging, and the lamps follow at once.
//
// new ICLight.StagePanorama(mixer) has an `element`, hidden until open(text, answer) takes a file, in base64, and what the
// server says of it (`give` = panorama). Light is divided among the lamps as lib_iclight/stage/panorama.py divides it.

(function () {
    "use strict";

    const ALL_AROUND = 4 * Math.PI;
    const LEAST = 1e-9;
    const BRIGHTEST = 4;
    const RANGES = [
        ["rotation", "Rotation", { low: -180, high: 180, step: 1 }, (number) => `${Math.round(number)}°`],
        ["exposure", "Brightness", { low: -8, high: 8, step: 0.1 }, (number) => number.toFixed(1)],
    ];

    /** Add light from a direction to the lamps' shares: by clamped cosines, or all of it to the nearest. */
    function share(flux, at, [right, up, near], lamps, sums) {
        const cosines = lamps.map(([x, y, z]) => right * x + up * y + near * z);
        const total = cosines.reduce((sum, cosine) => sum + Math.max(cosine, 0), 0);
        const nearest = cosines.indexOf(Math.max(...cosines));
        for (let i = 0; i < lamps.length; i++) {
            const part = total > LEAST ? Math.max(cosines[i], 0) / total : Number(i === nearest);
            for (let channel = 0; channel < 3; channel++) sums[i][channel] += part * flux[at + channel];
        }
    }

    /** What each lamp's picture is multiplied by: red, green and blue. `rotation` in degrees, `exposure` in stops. */
    function weigh({ flux, columns, towards }, { rotation, exposure }) {
        const rows = flux.length / 3 / columns;
        const sums = towards.map(() => [0, 0, 0]);
        const gain = 2 ** exposure / ALL_AROUND;
        for (let j = 0, at = 0; j < rows; j++) {
            const down = ((j + 0.5) * Math.PI) / rows;
            const [ring, up] = [Math.sin(down), Math.cos(down)];
            for (let i = 0; i < columns; i++, at += 3) {
                const along = ((i + 0.5) / columns - 0.5) * 2 * Math.PI + (rotation * Math.PI) / 180;
                share(flux, at, [ring * Math.sin(along), up, -ring * Math.cos(along)], towards, sums);
            }
        }
        return sums.map((sum) => sum.map((part) => part * gain));
    }

    /** The mix whose weights are nearest to some (lib_iclight/stage/mix.py); a locked lamp stays as it is. */
    function apply(mix, weights) {
        const { split, WHITE } = window.ICLight.stageMix;
        const lights = weights.map(split);
        const most = Math.max(...lights.map(({ intensity }) => intensity), LEAST);
        const stops = Math.min(Math.max(Math.log2(most / BRIGHTEST), 0), 8);
        const lamps = mix.lamps.map((lamp, i) => {
            if (lamp.lock) return lamp;
            const { color, intensity } = lights[i];
            return { ...lamp, color, intensity: Math.min(intensity * 2 ** -stops, BRIGHTEST), gel: "none", kelvin: WHITE };
        });
        return { ...mix, lamps, exposure: stops };
    }

    /** In how many stops a panorama is as bright as all lamps at 1/n: files have any scale. */
    function findExposure(given) {
        const weights = weigh(given, { rotation: 0, exposure: 0 });
        const total = weights.reduce((sum, light) => sum + window.ICLight.colours.findLuminance(light), 0);
        return Math.min(Math.max(Math.round(-10 * Math.log2(Math.max(total, LEAST))) / 10, -8), 8);
    }

    class StagePanorama {
        constructor(mixer) {
            const { create, createSlider, namePicture } = window.ICLight.elements;
            this.mixer = mixer;
            this.given = this.image = null;
            this.turn = { rotation: 0, exposure: 0 };
            // Which turn a mix was made by, for whoever goes back to it.
            this.turns = new WeakMap();
            this.shown = create("canvas", { class: "ic-light-stage-panorama", title: "Drag the panorama to turn it" });
            namePicture(this.shown, "The panorama");
            this.ranges = RANGES.map(([key, label, bounds, say]) => ({
                key,
                say,
                ...createSlider(label, bounds, (number) => this.set({ [key]: number }), () => mixer.record()),
            }));
            this.element = create("div", { hidden: "", role: "group", "aria-label": "Panorama" }, this.shown, ...this.ranges.map(({ row }) => row));
            this.listen();
        }

        listen() {
            const { shown } = this;
            let before = 0;
            shown.addEventListener("pointerdown", (event) => {
                if (event.button !== 0) return;
                shown.setPointerCapture(event.pointerId);
                before = event.clientX;
            });
            shown.addEventListener("pointermove", (event) => {
                if (!shown.hasPointerCapture(event.pointerId)) return;
                const moved = (360 * (event.clientX - before)) / shown.clientWidth;
                before = event.clientX;
                this.set({ rotation: this.turn.rotation + moved });
            });
            shown.addEventListener("lostpointercapture", () => this.mixer.record());
        }

        /** Light the subject with a panorama, every lamp that is not locked on. */
        async open(text, { image, flux, columns, towards }) {
            const bytes = await (await fetch(`data:application/octet-stream;base64,${flux}`)).arrayBuffer();
            this.image = await createImageBitmap(await (await fetch(`data:image/png;base64,${image}`)).blob());
            this.given = { text, flux: new Float32Array(bytes), columns, towards };
            this.turn = { rotation: 0, exposure: findExposure(this.given) };
            this.element.hidden = false;
            this.mixer.mix = window.ICLight.stageMix.changeAll(this.mixer.mix, { on: true, solo: false });
            this.set({});
            this.mixer.record();
        }

        close() {
            this.given = null;
            this.element.hidden = true;
        }

        /** What the server is asked with where it is to light by the panorama too. */
        get asked() {
            const { rotation, exposure } = this.turn;
            return this.given && { panorama: this.given.text, panorama_rotation: rotation, panorama_exposure: exposure };
        }

        set(values) {
            const turn = { ...this.turn, ...values };
            if (Math.abs(turn.rotation) > 180) turn.rotation -= 360 * Math.round(turn.rotation / 360);
            const mix = apply(this.mixer.mix, weigh(this.given, turn));
            this.turns.set(mix, turn);
            this.mixer.set(mix, false);
        }

        show(mix) {
            if (!this.given) return;
            this.turn = this.turns.get(mix) || this.turn;
            for (const { key, say, show } of this.ranges) show(this.turn[key], say(this.turn[key]));
            const { image, shown } = this;
            Object.assign(shown, { width: image.width, height: image.height });
            const context = shown.getContext("2d");
            const left = Math.round((image.width * (this.turn.rotation + 360)) / 360) % image.width;
            for (const from of [left - image.width, left]) context.drawImage(image, from, 0);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { StagePanorama });
})();
