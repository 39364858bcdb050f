// The crosshair over the picture: the spot that the keyboard aims a lamp at, as long as a mode of ic_light_spot.js is on.
//
// new ICLight.Crosshair(element, spot) puts it over a positioned element; show() shows it where the spot has a mode. What
// its keys do stands in ic_light_actions.js.

(function () {
    "use strict";

    class Crosshair {
        constructor(element, spot) {
            this.spot = spot;
            this.place = { x: 0.5, y: 0.5 };
            // What had the keyboard before.
            this.caller = null;
            this.button = window.ICLight.elements.create("button", {
                class: "ic-light-crosshair",
                type: "button",
                hidden: "",
                onclick: () => this.aim(),
            });
            element.append(this.button);
            this.move([0, 0]);
        }

        has(element) {
            return element === this.button;
        }

        /** Whoever chose the mode by keyboard goes on here, and afterwards where they were. */
        show() {
            const { button, spot } = this;
            const focused = button.getRootNode().activeElement;
            if (spot.mode && focused && focused.matches(":focus-visible") && !this.has(focused)) {
                this.caller = focused;
                button.hidden = false;
                button.focus({ preventScroll: true });
                return;
            }
            button.hidden = !spot.mode;
            if (button.hidden && this.has(focused) && this.caller) this.caller.focus({ preventScroll: true });
        }

        move(way, far = false) {
            const { lamps, elements } = window.ICLight;
            this.place = lamps.step({ kind: "point", ...this.place }, way, far);
            const [x, y] = [this.place.x, this.place.y].map((share) => Math.round(share * 100));
            const label = elements.phrase("Crosshair: {} % from the left, {} % from the top; Enter aims the lamp there", x, y);
            elements.setAttribute(this.button, "aria-label", label);
            elements.setStyle(this.button, "left", `${x}%`);
            elements.setStyle(this.button, "top", `${y}%`);
        }

        leave() {
            this.spot.setMode("");
        }

        aim() {
            this.spot.aim(this.spot.mode, this.place.x, this.place.y);
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Crosshair });
})();
