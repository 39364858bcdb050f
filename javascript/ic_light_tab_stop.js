// A toolbar's buttons are one stop of the Tab key: arrow keys, Home and End go from one to another.
//
// new ICLight.TabStop(toolbar) listens to its element; show() takes the buttons that it has, the pressed one first.

(function () {
    "use strict";

    class TabStop {
        constructor(toolbar) {
            this.toolbar = toolbar;
            this.button = null;
            toolbar.addEventListener("keydown", (event) => this.press(event));
            toolbar.addEventListener("focusin", ({ target }) => this.choose(target));
        }

        get buttons() {
            return [...this.toolbar.querySelectorAll("button")];
        }

        show() {
            const pressed = this.toolbar.querySelector("button[aria-pressed=true]");
            const kept = this.toolbar.contains(this.button) ? this.button : this.buttons[0];
            this.choose(this.toolbar.matches(":focus-within") ? kept : pressed || kept);
        }

        choose(chosen) {
            this.button = chosen;
            for (const button of this.buttons) button.tabIndex = button === chosen ? 0 : -1;
        }

        press(event) {
            if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
            const { buttons } = this;
            const at = buttons.indexOf(event.target);
            const to = buttons[findNext(event.key, at, buttons)];
            if (at < 0 || !to) return;
            to.focus();
            event.preventDefault();
            event.stopPropagation();
        }
    }

    /** Where a key goes, by its index; undefined where it is none of these. */
    function findNext(key, at, buttons) {
        const columns = buttons.filter(({ offsetTop }) => offsetTop === buttons[0].offsetTop).length;
        const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
        if (key in steps) return at + steps[key];
        return { Home: 0, End: buttons.length - 1 }[key];
    }

    window.ICLight = Object.assign(window.ICLight || {}, { TabStop });
})();
