// Sentences about settings that spoil the light, each said once, until it is mended or left (lib_iclight/ui/advice.py).
//
// new ICLight.Advice(panel) has look(...), told what the controls have, and dismiss(name).

(function () {
    "use strict";

    /** A picture's width and height as the browser shows it, from the value of its control; null where it cannot. */
    function measure(picture) {
        const address = typeof picture === "string" ? picture : picture && picture.url;
        if (!address) return null;
        return new Promise((done) => {
            const image = new Image();
            image.onload = () => done([image.naturalWidth, image.naturalHeight]);
            image.onerror = () => done(null);
            image.src = address;
        });
    }

    /** The share of a picture that is cut off where it covers another size. */
    function findCropped([width, height], [across, down]) {
        const turned = (width * down) / (height * across);
        return 1 - Math.min(turned, 1 / turned);
    }

    class Advice {
        constructor(panel) {
            this.panel = panel;
            this.looking = 0;
            // By the sentence, what it is said of, and of what it has been said.
            this.shown = {};
            this.said = {};
        }

        async look(enabled, model, foreground, cfg, width, height) {
            const place = this.panel.findIn("advice", ".ic-light-advice");
            if (!place) return [];
            const bounds = JSON.parse(place.dataset.bounds);
            const looking = ++this.looking;
            const size = enabled ? await measure(foreground) : null;
            if (looking !== this.looking) return [];
            this.tell("cfg", model, enabled && bounds.models.includes(model) && cfg > bounds.cfg);
            this.tell("size", String(size), size && findCropped(size, [width, height]) > bounds.cropped);
            return [];
        }

        tell(name, of, isWrong) {
            if (name in this.shown && (!isWrong || this.shown[name] !== of)) this.dismiss(name);
            const isNew = isWrong && this.said[name] !== of;
            if (isNew) this.shown[name] = of;
            this.find(name).hidden = !(name in this.shown);
        }

        /** It is not said again of the same. */
        dismiss(name) {
            this.said[name] = this.shown[name];
            delete this.shown[name];
            this.find(name).hidden = true;
        }

        find(name) {
            return this.panel.findIn("advice", `[data-advice="${name}"]`);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Advice });
})();
